"""What archived files are called in a bundle, and which of them a page may show in place."""

from __future__ import annotations

_EXTENSIONS = {
    "application/pdf": "pdf",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "weba",
    "audio/x-wav": "wav",
    "image/avif": "avif",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/ogg": "ogv",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
_INLINE = {
    "img": frozenset({"avif", "gif", "jpg", "png", "webp"}),
    "video": frozenset({"mp4", "ogv", "webm"}),
    "audio": frozenset({"aac", "flac", "m4a", "mp3", "ogg", "wav", "weba"}),
}


def media_name(sha256: str, media_type: str) -> str:
    """The name of a file below `data/`: digits of its SHA-256, and an extension only for types on the list.

    Anything else (SVG, HTML, scripts, office files) is `.bin`, so that opening it by mistake runs nothing.
    """
    essence = media_type.split(";", 1)[0].strip().lower()
    return f"media/{sha256[:32]}.{_EXTENSIONS.get(essence, 'bin')}"


def inline_element(name: str) -> str | None:
    """The HTML element that may show this file in place (`img`, `video`, `audio`); None: a link only."""
    extension = name.rpartition(".")[2]
    return next((element for element, extensions in _INLINE.items() if extension in extensions), None)
