"""Adapters of the implementations that ship."""
