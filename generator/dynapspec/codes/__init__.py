"""What each code of a finding means, with an example and its remedy; loaded only when asked for."""

from dynapspec.codes.pages import Page, explain, pages

__all__ = ["Page", "explain", "pages"]
