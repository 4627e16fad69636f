"""Attribute directions: found, listed, gone along, and what they do to an image."""
