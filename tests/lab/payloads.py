"""What a hostile device calls itself: markup, template code, formulas, terminal and log tricks, broken encodings.

Run, shown or opened, each would leave a trace: ``window.canary``, a request to `CANARY_HOST`, ``49ssti`` on a page,
a live formula in a spreadsheet, a second line in a log.
"""

from __future__ import annotations

CANARY_HOST = "canary.invalid"
RUN = "window.canary=1"
COUNTED = "49ssti"
"""What `{{7*7}}ssti` becomes where a template is made of a device's words."""

SCRIPTS: tuple[str, ...] = (
    f"<img src=x onerror={RUN}>",
    f"<script>{RUN};alert(1)</script>",
    f"</script><script>{RUN}</script>",
    f"'\"><svg onload={RUN}>",
    f'" onfocus={RUN} autofocus x="',
    f"' onmouseover='{RUN}' autofocus onfocus='{RUN}",
    f"javascript:{RUN}",
    f"jAvAsCrIpT&colon;{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"&lt;img src=x onerror={RUN}&gt;",
    "<iframe srcdoc='<script>parent.canary=1</script>'>",
    f"<img src=//{CANARY_HOST}/i>",
    f"<link rel=stylesheet href=//{CANARY_HOST}/s>",
    f"<meta http-equiv=refresh content=0;url=//{CANARY_HOST}/m>",
    f"<base href=//{CANARY_HOST}/>",
    f"--><svg/onload={RUN}>",
    f"</textarea></select></option><svg/onload={RUN}>",
)
TEMPLATES: tuple[str, ...] = (
    "{{7*7}}ssti",
    "{%print(7*7)%}ssti",
    "${7*7}ssti",
    "{noun} {0} %s %(tag)s",
)
FORMULAS: tuple[str, ...] = (
    f'=HYPERLINK("http://{CANARY_HOST}/","7")',
    "+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(1)",
    " =1+1",
    "\t=1+1",
    ";=1+1",
    '"=1+1',
    "\uff1d1+1",
)
TERMINAL: tuple[str | bytes, ...] = (
    "esc\x1b]0;canary\x07\x1b[2J\x1b[31mred",
    "c1\x9b31mred\x85next",
    "first\r\nERROR tracker.forged second\nERROR third",
    "nul\x00byte",
    "bidi\u202egnp.exe\u2066\u200f",
    "zero\u200bwidth\ufeff\u2060",
    "line\u2028separator\u2029paragraph",
    b"broken\xff\xfe\xed\xa0\x80\xc3(utf8",
    "O'Brien'); DROP TABLE asset;--",
)
PAYLOADS: tuple[str | bytes, ...] = (*SCRIPTS, *TEMPLATES, *FORMULAS, *TERMINAL)
NOISE = b"".join(b"<b>noise %d\x1b[7m" % number for number in range(4_000))[:65_536]
"""64 kB of it."""


def as_bytes(payload: str | bytes) -> bytes:
    """As it goes over the wire."""
    return payload if isinstance(payload, bytes) else payload.encode("utf-8", "surrogatepass")


def one_line(payload: str | bytes) -> bytes:
    """What may stand in a header or a banner without ending it."""
    return as_bytes(payload).replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
