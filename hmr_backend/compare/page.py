# SPDX-License-Identifier: GPL-3.0-or-later
"""report.html: one page with everything in it, for a phone as for a desk, in English and Chinese."""

from __future__ import annotations

import base64
import json
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ...motion.archive import written_whole
from ...motion.compare.angles import ANGLES
from ...motion.compare.coaching import LANGUAGES, read_colouring, read_words, say
from ...motion.compare.comparison import FROM_ASIDE, Comparison
from ...motion.skeleton import JOINT_NAMES
from .pictures import choose_moments
from .plots import choose_angles, draw_angle
from .tables import frame_of, moment_of

_STYLE = """
:root{color-scheme:dark;--bg:#1d1f23;--card:#282b31;--ink:#eceef1;--dim:#a4abb6;--line:#3b4049}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1rem}
html[lang=en] .zh,html[lang=zh] .en{display:none}
header{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;justify-content:space-between}
h1{font-size:1.25rem;margin:.2rem 0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:1.6rem 0 .6rem}
button{background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:.5rem;padding:.4rem .8rem;
font:inherit}
button[aria-pressed=true]{background:#3d6ea8}
.card{background:var(--card);border-radius:.75rem;padding:1rem;margin:.75rem 0}
main>.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:0 .75rem}
.plots>details{grid-column:1/-1}.score{display:flex;gap:1rem;align-items:center}.score b{font-size:3.2rem;line-height:1}
.score b small{font-size:1rem;color:var(--dim)}
.dim{color:var(--dim);font-size:.9rem}p{margin:.3rem 0}
ol{list-style:none;padding:0;margin:0}li p:first-child{font-size:1.05rem}
img,svg,video{width:100%;height:auto;display:block;border-radius:.5rem}
.shot{overflow-x:auto}figure{margin:.6rem 0 0}figcaption{margin-top:.3rem}
svg text{font-size:12px;fill:var(--dim)}svg polyline{fill:none;stroke-width:2.2;stroke-linejoin:round}
.grid{stroke:var(--line)}.phase0{fill:#ffffff0f}.phase1{fill:#ffffff05}.worst{stroke:#ff5d5d;stroke-dasharray:4 3}
.key i{display:inline-block;width:1.2rem;height:.25rem;margin:0 .3rem .2rem 0}.key span{margin-right:1rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .5rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}
td i{display:block;height:.4rem;border-radius:.2rem;margin-top:.15rem}
summary{cursor:pointer;padding:.4rem 0}
@media (prefers-color-scheme:light){:root{color-scheme:light;--bg:#f4f5f7;--card:#fff;--ink:#1d1f23;--dim:#5a626e;
--line:#d9dde3}.phase0{fill:#0000000f}.phase1{fill:#00000005}button[aria-pressed=true]{color:#fff}}
@media (max-width:40rem){main{padding:.6rem}.shot img{height:88vw;width:auto;max-width:none}
.scroll{padding:.5rem;font-size:.8rem}th,td{padding:.3rem .25rem;white-space:normal}td{white-space:nowrap}}
@media print{.shot img{height:auto;width:100%}button{display:none}}
"""
_SCRIPT = """
const set=l=>{document.documentElement.lang=l;document.querySelectorAll('button[data-l]').forEach(
b=>b.setAttribute('aria-pressed',b.dataset.l===l));document.querySelectorAll('img').forEach(i=>i.alt=i.dataset[l])};
document.querySelectorAll('button[data-l]').forEach(b=>b.onclick=()=>set(b.dataset.l));
set(LANGUAGE||((navigator.language||'en').startsWith('zh')?'zh':'en'));
"""


def write_page(
    path: Path, result: Comparison, names: tuple[str, str], pictures: list[Path], film: Path | None, has_video: bool,
    language: str | None = None,
) -> None:  # fmt: skip
    """Write the report whole or not at all.

    names: the user's and the athlete's. pictures: one for each finding, or one. film: named, not contained: a film is
    too large for a page. language: shown first; None leaves it to the reader's browser.
    """
    title = _both(lambda words: words["title"].format(user=escape(names[0]), athlete=escape(names[1])))
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width,initial-scale=1">',
        f"<title>{escape(names[0])} / {escape(names[1])} - Ghostcap</title><style>{_STYLE}</style></head><body><main>",
        f"<header><h1>{title}</h1><div>",
        *(f"<button data-l={code}>{read_words(code)['language']}</button> " for code in LANGUAGES),
        "</div></header>",
        _score(result),
        _findings(result, pictures),
        _film(film),
        _plots(result),
        _table(result),
        _about(result, has_video),
        f"</main><script>{_SCRIPT.replace('LANGUAGE', json.dumps(language))}</script></body></html>",
    ]
    with written_whole(path) as temporary:
        temporary.write_text("".join(parts) + "\n", encoding="utf-8")


def _both(text: Any) -> str:
    """A span for each language; text: words of the report -> HTML."""
    return "".join(f"<span class={code}>{text(read_words(code)['report'])}</span>" for code in LANGUAGES)


def _label(key: str) -> str:
    return _both(lambda words: escape(words[key]))


def _score(result: Comparison) -> str:
    overall = result.score.overall
    number = f"{overall:.0f}" if np.isfinite(overall) else "-"
    return (
        f"<div class='card score'><b>{number}<small>/100</small></b>"
        f"<div><strong>{_label('score')}</strong><p class=dim>{_label('score_note')}</p></div></div>"
    )


def _findings(result: Comparison, pictures: list[Path]) -> str:
    parts = [f"<h2>{_label('findings')}</h2>"]
    if not result.findings:
        parts.append(f"<p>{_label('no_findings')}</p>")
        parts += [
            f"<div class=card>{_picture(path, result, row)}</div>"
            for path, row in zip(pictures, choose_moments(result), strict=False)
        ]
        return "".join(parts)
    parts.append("<ol>")
    for number, finding in enumerate(result.findings):
        moment = moment_of(result, finding)
        text = "".join(f"<span class={code}>{escape(say(moment, code))}</span>" for code in LANGUAGES)
        # All findings of a still image are in one picture.
        repeated = result.by == "pose" and number > 0
        picture = "" if repeated or number >= len(pictures) else _picture(pictures[number], result, finding.row)
        parts.append(f"<li class=card><p>{number + 1}. {text}</p>{picture}</li>")
    return "".join([*parts, "</ol>"])


def _picture(path: Path, result: Comparison, row: int) -> str:
    """Narrow screens show one pane after the other, to be swiped."""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    frames = {"user": frame_of(result, row), "athlete": f"{result.time.athlete[row]:.0f}"}
    said = {code: read_words(code)["report"]["picture"].format(**frames) for code in LANGUAGES}
    shown = "".join(f' data-{code}="{escape(text, quote=True)}"' for code, text in said.items())
    caption = _both(lambda words: escape(words["your_frame"].format(**frames)))
    return (
        f'<figure><div class=shot tabindex=0><img alt="{escape(said[LANGUAGES[0]], quote=True)}"{shown} '
        f'src="data:image/jpeg;base64,{data}"></div>{_key("unjudged")}<figcaption class=dim>{caption}</figcaption>'
        "</figure>"
    )


def _film(film: Path | None) -> str:
    if film is None:
        return ""
    # Beside the page, when both are kept together; the page is whole without it.
    name = escape(film.name, quote=True)
    return (
        f'<h2>{_label("video")}</h2><video controls playsinline muted loop preload=metadata src="{name}" '
        'onerror="this.previousElementSibling.remove();this.remove()"></video>'
    )


def _key(*more: str) -> str:
    """Which colour is whose; more: other colours that need a word."""
    colouring = read_colouring()
    spots = [(name, getattr(colouring, name)) for name in ("user", "ghost", *more)]
    return (
        "<p class='key dim'>"
        + "".join(f"<span><i style='background:rgb{colour}'></i>{_label(name)}</span>" for name, colour in spots)
        + "</p>"
    )


def _plots(result: Comparison) -> str:
    if len(result.user) < 3:
        return ""
    first, rest = choose_angles(result)
    shown = "".join(_plot(result, index) for index in first)
    more = "".join(_plot(result, index) for index in rest)
    count = _both(lambda words: words["more_angles"].format(count=len(rest)))
    return (
        f"<h2>{_label('plots')}</h2>{_key()}<p class=dim>{_label('plots_note')}</p><div class=plots>{shown}"
        f"<details><summary>{count}</summary>{more}</details></div>"
    )


def _plot(result: Comparison, index: int) -> str:
    key = ANGLES[index].key
    name = "".join(f"<span class={code}>{escape(read_words(code)['angles'][key])}</span>" for code in LANGUAGES)
    return f"<div class=card><strong>{name}</strong>{draw_angle(result, index)}</div>"


def _table(result: Comparison) -> str:
    deviations, colouring = result.deviations, read_colouring()
    local = np.where(deviations.sure, deviations.local, np.nan)
    seen = [bool(column.any()) for column in deviations.sure.T]
    mean = np.array([np.nanmean(local[:, joint]) if seen[joint] else -1.0 for joint in range(len(JOINT_NAMES))])
    heads = "".join(f"<th>{_label(key)}</th>" for key in ("joint", "score", "mean", "worst", "at", "distance"))
    rows = []
    for joint in np.argsort(-mean):
        key = JOINT_NAMES[joint]
        name = "".join(f"<span class={code}>{escape(read_words(code)['joints'][key])}</span>" for code in LANGUAGES)
        if not seen[joint]:
            rows.append(f"<tr><td>{name}</td>" + "<td>-</td>" * 5 + "</tr>")
            continue
        worst = int(np.nanargmax(local[:, joint]))
        colour = tuple(int(value) for value in colouring.paint(mean[joint]))
        width = 100 * min(mean[joint] / colouring.high, 1.0)
        distance = deviations.distance[deviations.sure[:, joint], joint].mean() * 100
        rows.append(
            f"<tr><td>{name}<i style='width:{width:.0f}%;background:rgb{colour}'></i></td>"
            f"<td>{result.score.joints[joint]:.0f}</td><td>{np.degrees(mean[joint]):.1f}°</td>"
            f"<td>{np.degrees(local[worst, joint]):.0f}°</td><td>{result.time.user[worst] / result.user.fps:.2f} s</td>"
            f"<td>{distance:.1f} cm</td></tr>"
        )
    return f"<h2>{_label('table')}</h2><div class='card scroll'><table><tr>{heads}</tr>{''.join(rows)}</table></div>"


def _about(result: Comparison, has_video: bool) -> str:
    first = {
        "seconds": f"{result.user.seconds:.1f}",
        "first": frame_of(result, 0),
        "last": frame_of(result, len(result.user) - 1),
        "athlete_first": f"{result.time.athlete[0]:.0f}",
        "athlete_last": f"{result.time.athlete[-1]:.0f}",
    }
    laps = dict(zip(("user", "athlete"), result.laps or (0, 0), strict=True))
    lines = [
        _both(lambda words: escape(words["matched"].format(**first))),
        _both(lambda words: escape(words[f"by_{result.by}"].format(**laps))),
    ]
    if result.tempo:
        rhythm = dict(zip(("user", "athlete"), (f"{value:.1f}" for value in result.tempo), strict=True))
        lines.append(_both(lambda words: escape(words["tempo"].format(**rhythm))))
    if result.mirrored:
        lines.append(_label("mirrored"))
    share = f"{100 * result.deviations.judged.mean():.0f}"
    lines.append(_both(lambda words: escape(words["judged"].format(share=share))))
    if result.deviations.aside.max() > FROM_ASIDE:
        lines.append(_label("aside"))
    if not has_video:
        lines.append(_label("no_video"))
    text = "".join(f"<p>{line}</p>" for line in lines)
    return f"<h2>{_label('about')}</h2><div class='card dim'>{text}</div>"
