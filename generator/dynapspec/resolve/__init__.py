"""From documents to one merged document per spec, with the origin of every value."""

from dynapspec.resolve.documents import Document
from dynapspec.resolve.library import Library, open_library
from dynapspec.resolve.merge import merge

__all__ = ["Document", "Library", "merge", "open_library"]
