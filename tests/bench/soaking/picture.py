"""The curves of a soak as one SVG: a panel a kind, and in each the slope of its second half. Readable on light and on dark.

A slope is that of the least of each minute: what a reload or a mail needs for a moment comes and goes, and what is left when they
are over is what may not grow."""
from xml.sax.saxutils import escape

WIDTH, HEIGHT, COLUMNS = 570, 250, 2
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 46, 40
COLOURS = ["#2f7ed8", "#d9772b", "#3a9d5d"]

# title, unit, divisor, what one step of the slope is called, [(column, its name)]
PANELS = [
    ("Memory of the keeper", "MiB", 1024, "KiB", [("keeper_rss", "resident"), ("keeper_own", "its own"), ("keeper_pages", "of the ledger")]),
    ("Memory of one decider, of one actor, their own", "MiB", 1024, "KiB", [("deciders_own", "deciders"), ("actors_own", "actors")]),
    ("Open descriptors, the most of one process", "", 1, "", [("keeper_fds", "keeper"), ("deciders_fds", "decider"), ("actors_fds", "actor")]),
    ("Child processes", "", 1, "", [("children", "children")]),
    ("Ledger, bytes a mail", "KiB", 1024, "B", [("ledger_a_mail", "pages in use ÷ mails")]),
    ("Ledger, size", "MiB", 1 << 20, "KiB", [("ledger_used", "in use"), ("ledger_size", "all pages"), ("ledger_log", "log")]),
    ("Mail", "", 1, "", [("mails", "decided"), ("archived", "in the archive")]),
    ("Reloads and repeats", "", 1, "", [("reloads", "reloads"), ("repeats", "effects repeated, same key")]),
]


def slope(samples, column):
    """Of the second half by least squares, an hour."""
    least = {}
    for row in samples:
        if row["t"] >= samples[-1]["t"] / 2:
            minute = int(row["t"] // 60)
            least[minute] = min(least.get(minute, row[column]), row[column])
    half = [(minute / 60, value) for minute, value in least.items()]
    middle = [sum(values) / len(half) for values in zip(*half)]
    spread = sum((x - middle[0]) ** 2 for x, _ in half)
    return sum((x - middle[0]) * (y - middle[1]) for x, y in half) / spread if spread else 0.0


def steps(most):
    """Round numbers from 0 to above the most."""
    step = 1.0
    while most / step > 5:
        step *= 2.5 if str(step)[0] == "2" else 2
    while most / step < 2 and step > 1e-3:
        step /= 2
    return [step * number for number in range(int(most / step) + 2)]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"


def slope_text(value, divisor, unit):
    if unit == "KiB" and divisor >= 1 << 20:
        value /= 1024
    return f"{value:+,.0f} {unit}/h".replace(" /h", "/h") if abs(value) >= 10 else f"{value:+.1f} {unit}/h".replace(" /h", "/h")


def panel(samples, index):
    title, unit, divisor, slope_unit, lines = PANELS[index]
    end = samples[-1]["t"] or 1
    ticks = steps(max(max(row[column] for row in samples) for column, _ in lines) / divisor or 1)
    inner = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(t, value):
        return LEFT + inner[0] * t / end, TOP + inner[1] * (1 - value / ticks[-1])
    out = [f'<g transform="translate({index % COLUMNS * WIDTH},{index // COLUMNS * HEIGHT + 70})">',
           f'<text class="title" x="{LEFT}" y="16">{escape(title)}{f" ({unit})" if unit else ""}</text>']
    for tick in ticks:
        y = place(0, tick)[1]
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/><text class="tick" text-anchor="end" '
                   f'x="{LEFT - 6}" y="{y + 4:.1f}">{number(tick)}</text>')
    minutes = end / 60
    for share in range(5):
        x = place(end * share / 4, 0)[0]
        out.append(f'<text class="tick" text-anchor="{"end" if share == 4 else "middle"}" x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}">{number(round(minutes * share / 4, 1))}'
                   f'{" min" if share == 4 else ""}</text>')
    x = place(end / 2, 0)[0]
    out.append(f'<line class="half" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    x = LEFT
    for (column, name), colour in zip(lines, COLOURS):
        points = " ".join("{:.1f},{:.1f}".format(*place(row["t"], row[column] / divisor)) for row in samples)
        text = f"{name} {slope_text(slope(samples, column), divisor, slope_unit)}"
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>'
                   f'<rect x="{x}" y="26" width="10" height="4" fill="{colour}"/><text class="tick" x="{x + 14}" y="33">{escape(text)}</text>')
        x += 30 + 6 * len(text)
    return "\n".join(out + ["</g>"])


def draw(samples, about):
    rows = (len(PANELS) + COLUMNS - 1) // COLUMNS
    size = WIDTH * COLUMNS, HEIGHT * rows + 80
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" font-family="system-ui, sans-serif">',
        "<style>text{fill:#24292f}.title{font-size:14px;font-weight:600}.tick{font-size:11px}.grid{stroke:#8886;stroke-width:.6}"
        ".half{stroke:#888;stroke-dasharray:3 3}.page{fill:#fff}"
        "@media (prefers-color-scheme: dark){text{fill:#e6edf3}.page{fill:#0d1117}}</style>",
        f'<rect class="page" width="{size[0]}" height="{size[1]}"/>',
        '<text x="20" y="28" font-size="18" font-weight="700">awsift under mail, reloads and failures</text>',
        f'<text class="tick" x="20" y="48">{escape(about)} Beside each name: the slope of the least of each minute in the second half.</text>',
        *(panel(samples, index) for index in range(len(PANELS))), "</svg>", ""])
