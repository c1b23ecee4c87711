"""What the evaluation page shows, worked out from the figures: keys of coders, sentences by rule, tables and charts."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from reports.charts.scores import Interval, draw_intervals, draw_reliability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.wording import Locale

Cell = dict[str, str]
FEWEST = 10
"""Comments from which `nlp.evaluate` gives a group its interval."""
LISTED = 100
"""Changes that the page lists; the table has them all."""
_MISSING = "–"
_SPACE_IN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff”]) (?=[\u4e00-\u9fff“])")
_SMALL = 100
"""Times below it are told with decimals."""


def evaluation_view(measured: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Everything the template shows."""
    return _View(measured, locale).page()


def coder_keys(n: int) -> list[str]:
    """A, B, … Z, A2, …: how tables call the coders."""
    letters = [chr(ord("A") + index % 26) for index in range(n)]
    return [
        letter if index < len(letters[:26]) else f"{letter}{index // 26 + 1}" for index, letter in enumerate(letters)
    ]


def most_rows(groups: Mapping[str, Mapping[str, Any]], listed: int) -> list[tuple[str, Mapping[str, Any]]]:
    """The groups with most rows, in the order of the file."""
    kept = set(sorted(groups, key=lambda name: -groups[name]["n"])[:listed])
    return [(name, group) for name, group in groups.items() if name in kept]


def decimals(value: float | None) -> str:
    """A score with three decimals; a minus is a real one."""
    return _MISSING if value is None else f"{value:.3f}".replace("-", "−")


def signed(value: float | None) -> str:
    """A difference with its sign."""
    return _MISSING if value is None else f"{value:+.3f}".replace("-", "−")


class _View:
    """One evaluation in one language."""

    def __init__(self, measured: Mapping[str, Any], locale: Locale) -> None:
        self.measured, self.locale, self.t = measured, locale, locale.ui
        keys = coder_keys(len(measured["coders"]))
        self.coders = list(zip(keys, measured["coders"], strict=True))
        stance = locale.word("stance_inline", measured["baseline"]["stance"])
        self.baseline = self.t("eval_baseline", stance=stance)
        self.all = [*self.coders, (self.t("eval_baseline_key"), measured["baseline"])]

    def page(self) -> dict[str, Any]:
        """The names the template uses."""
        measured, t = self.measured, self.t
        rejects = measured["rejects"]
        more = measured["rejected"] - len(rejects)
        return {
            **self._head(),
            "sections": ("finds", "scores", "classes", "changes", "people", "calibration", "cost", "crosstabs", "read"),
            "coders": [self._tile(key, coder) for key, coder in self.all],
            "finds": [*self._warnings(), *self._compared()],
            "scores_note": self._scores_note(),
            "chart": self._chart(),
            "scores": self._scores(),
            "differences": self._differences(),
            "classes": [self._class(stance) for stance in measured["stances"]],
            "groups": [self._groups("language"), self._groups("change")],
            "changes_note": t("eval_changes_note", fewest=FEWEST),
            "changes_more": t("eval_changes_more", n=measured["changes"] - LISTED)
            if measured["changes"] > LISTED
            else "",
            "people": self._people(),
            "people_note": self._people_note(),
            "reliability": [self._reliability(key, coder) for key, coder in self.coders],
            "cost": self._cost(),
            "cost_notes": [f"{key}{t('colon')}{note}" for key, coder in self.coders for note in _notes(coder)],
            "crosstabs": [self._crosstab(key, coder) for key, coder in self.coders],
            "rejects": rejects,
            "rejects_more": t("eval_more", n=more) if more else "",
            "command": measured["command"],
        }

    def _head(self) -> dict[str, Any]:
        measured, t, number = self.measured, self.t, self.locale.number
        listed = [f"{self.locale.word('stance_inline', name)} {number(n)}" for name, n in measured["stances"].items()]
        languages = [f"{name or _MISSING} {number(n)}" for name, n in measured["languages"].items()]
        left = {name: measured[name] for name in ("disputed", "unlabelled", "rejected")}
        return {
            "generated": t("generated", at=self.locale.moment(measured["generated_at"])),
            "sub": t("eval_sub", file=measured["file"], n=measured["n"], changes=measured["changes"]),
            "when": t("eval_when", languages=", ".join(languages), stances=", ".join(listed)),
            "tile": {
                "n": number(measured["n"]),
                "facts": [
                    t("eval_texts", texts=measured["texts"]),
                    t("eval_changes", changes=measured["changes"]),
                    *(t(f"eval_{name}", n=n) for name, n in left.items() if n),
                ],
            },
        }

    def _name(self, coder: Mapping[str, Any]) -> str:
        return str(coder.get("annotator") or self.baseline)

    def _tile(self, key: str, coder: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "key": key,
            "name": self._name(coder),
            "macro": _cell(coder["macro_f1"]),
            "interval": self._interval(coder["macro_f1"]),
        }

    def _interval(self, figure: Mapping[str, Any]) -> str:
        if figure["low"] is None:
            return self.t("eval_thin")
        return self.t("eval_interval", low=decimals(figure["low"]), high=decimals(figure["high"]))

    def _warnings(self) -> list[dict[str, str]]:
        """What takes from a score, before what it says."""
        t, measured = self.t, self.measured
        absent = [self.locale.word("stance_inline", name) for name, n in measured["stances"].items() if not n]
        whole = len(measured["stances"])
        lines = [
            t("eval_learned", coder=key, n=coder["trained_on"]) for key, coder in self.coders if coder["trained_on"]
        ]
        lines += [t("eval_failed", coder=bad["coder"], reason=bad["reason"]) for bad in measured["failed"]]
        if absent:
            lines.append(t("eval_missing", stances=", ".join(absent), most=decimals((whole - len(absent)) / whole)))
        lines += [
            t(
                "eval_abstained",
                coder=key,
                n=coder["abstained"],
                all=self.locale.number(coder["n"]),
                given=decimals(coder["accuracy_given"]["value"]),
            )
            for key, coder in self.coders
            if coder["abstained"]
        ]
        return [{"css": "draft", "badge": t("eval_badge_warn"), "text": line} for line in lines]

    def _compared(self) -> list[dict[str, str]]:
        """Coders with each other, then each with the baseline."""
        pairs = sorted(self.measured["differences"], key=lambda pair: pair["second"] is None)
        return [self._find(pair) for pair in pairs]

    def _find(self, pair: Mapping[str, Any]) -> dict[str, str]:
        first, second, figure = self._key(pair["first"]), self._key(pair["second"]), pair["macro_f1"]
        clear = _clear(figure)
        if clear and figure["value"] < 0:
            first, second = second, first
            figure = {"value": -figure["value"], "low": -figure["high"], "high": -figure["low"]}
        kind = "some" if figure["low"] is None else "ahead" if clear else "level"
        form = decimals if kind == "ahead" else signed
        slots = {name: form(figure[name]) for name in ("value", "low", "high")}
        return {
            "css": "clear" if clear else "",
            "badge": self.t("eval_badge_clear" if clear else "eval_badge_open"),
            "text": _SPACE_IN_CHINESE.sub("", self.t(f"eval_{kind}", first=first, second=second, **slots)),
        }

    def _key(self, annotator: str | None) -> str:
        return next((key for key, coder in self.coders if coder["annotator"] == annotator), self.baseline)

    def _scores_note(self) -> str:
        made = self.measured["bootstrap"]
        return self.t(
            "eval_scores_note",
            draws=self.locale.number(made["draws"]),
            of=self.t(f"eval_of_{made['of']}"),
            seed=str(made["seed"]),
        )

    def _chart(self) -> dict[str, Any]:
        rows = [
            Interval(key, said["value"], said["low"], said["high"], _said(said), "annotator" not in coder)
            for key, coder, said in ((key, coder, coder["macro_f1"]) for key, coder in self.all)
        ]
        desc = self.t("eval_scores_desc", said="; ".join(f"{row.key} {row.said}" for row in rows))
        sizes = {"wide": 900, "narrow": 358}
        return {
            css: draw_intervals(css, rows, width, title=self.t("eval_scores"), desc=desc)
            for css, width in sizes.items()
        }

    def _table(self, caption: str, head: Sequence[str], rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {"caption": caption, "head": [self.t(key) for key in head], "rows": rows}

    def _row(self, key: str, coder: Mapping[str, Any], cells: Sequence[Cell]) -> dict[str, Any]:
        return _line(self._name(coder), cells, key, lesser="annotator" not in coder)

    def _scores(self) -> dict[str, Any]:
        head = ["eval_coder", "eval_macro", "eval_accuracy", "eval_given", "eval_abstentions"]
        codes = any(coder["among_codes"] for _, coder in self.coders)
        rows = []
        for key, coder in self.all:
            cells = [_cell(coder[name]) for name in ("macro_f1", "accuracy", "accuracy_given")]
            cells.append(_plain(self.locale.number(coder["abstained"])))
            if codes:
                cells.append(_cell(coder.get("among_codes")))
            rows.append(self._row(key, coder, cells))
        return self._table(self.t("eval_scores"), [*head, "eval_among"] if codes else head, rows)

    def _differences(self) -> dict[str, Any]:
        rows = [
            _line(
                f"{self._key(pair['first'])} − {self._key(pair['second'])}",
                [
                    _cell(pair["macro_f1"], signed),
                    _cell(pair["accuracy"], signed),
                    _plain(self.t("eval_yes" if _clear(pair["macro_f1"]) else "eval_no")),
                ],
            )
            for pair in self.measured["differences"]
        ]
        head = ["eval_pair", "eval_macro", "eval_accuracy", "eval_clear"]
        return self._table(self.t("eval_differences"), head, rows)

    def _class(self, stance: str) -> dict[str, Any]:
        rows = []
        for key, coder in self.all:
            score = coder["per_class"][stance]
            f1 = {"value": score["f1"], "low": score["interval"][0], "high": score["interval"][1]}
            shares = [_plain(decimals(score[name])) for name in ("precision", "recall")]
            counts = [_plain(self.locale.number(score[name])) for name in ("n", "given")]
            rows.append(self._row(key, coder, [*counts, *shares, _cell(f1)]))
        head = ["eval_coder", "eval_labelled", "eval_coded", "eval_precision", "eval_recall", "eval_f1"]
        return {**self._table(self.locale.word("stance", stance), head, rows), "stance": stance}

    def _groups(self, kind: str) -> dict[str, Any]:
        """A row for each language or change, a column for each coder; of very many, those with most rows."""
        rows = []
        for name, first in most_rows(self.measured["baseline"][f"per_{kind}"], LISTED):
            scores = [coder[f"per_{kind}"][name] for _, coder in self.all]
            cells = [
                _cell({"value": score["macro_f1"], "low": score["interval"][0], "high": score["interval"][1]})
                for score in scores
            ]
            rows.append(_line(name or _MISSING, [_plain(self.locale.number(first["n"])), *cells]))
        table = self._table(self.t(f"eval_{kind}"), [f"eval_{kind}", "eval_n"], rows)
        table["head"] += [key for key, _ in self.coders] + [self.baseline]
        return table

    def _people(self) -> dict[str, Any]:
        head = ["eval_coder", "eval_alpha", "eval_kappa"]
        ceiling = self.measured["people"]
        rows = []
        for key, coder in self.all:
            cells = [_cell(coder["alpha"]), _cell(coder["kappa"])]
            rows.append(self._row(key, coder, [*cells, _cell(coder.get("alpha_with_each"))] if ceiling else cells))
        if ceiling:
            top = [_plain(_MISSING), _plain(_MISSING), _cell(ceiling["alpha"])]
            rows.append(_line(self.t("eval_ceiling"), top))
        return self._table(self.t("eval_people"), [*head, "eval_each"] if ceiling else head, rows)

    def _people_note(self) -> str:
        ceiling = self.measured["people"]
        return self.t("eval_ceiling_note", n=ceiling["n"]) if ceiling else self.t("eval_no_ceiling")

    def _reliability(self, key: str, coder: Mapping[str, Any]) -> dict[str, Any]:
        found = coder["calibration"]
        if not found:
            return {"title": self.t("eval_calibration_none", coder=key), "drawing": None}
        title = self.t("eval_calibration_title", coder=key, error=decimals(found["error"]))
        bins = [(part["score"], part["accuracy"], part["n"]) for part in found["bins"]]
        said = "; ".join(f"{score:.2f} {accuracy:.2f} (n = {n})" for score, accuracy, n in bins)
        drawing = draw_reliability(
            f"rely-{key}",
            bins,
            title=title,
            desc=self.t("eval_calibration_desc", said=said),
            across=self.t("eval_across"),
            up=self.t("eval_up"),
        )
        return {"title": title, "drawing": drawing, "table": self._bins(title, found["bins"])}

    def _bins(self, caption: str, bins: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        rows = [
            _line(
                self.t("eval_bin_to", low=f"{part['low']:.1f}", high=f"{part['high']:.1f}"),
                [
                    _plain(self.locale.number(part["n"])),
                    _plain(decimals(part["score"])),
                    _plain(decimals(part["accuracy"])),
                ],
            )
            for part in bins
        ]
        return self._table(caption, ["eval_bin", "eval_n", "eval_mean_score", "eval_share_right"], rows)

    def _cost(self) -> dict[str, Any]:
        spent = [name for name in ("requests", "tokens", "asked") if any(name in _spent(c) for _, c in self.coders)]
        names = ("per_cpu_second", "cpu_seconds", "wall_seconds", "comments", "distinct")
        rows = []
        for key, coder in self.coders:
            cells = [_plain(self._amount(coder["run"][name])) for name in names]
            cells += [_plain(self._amount(_spent(coder).get(name))) for name in spent]
            rows.append(self._row(key, coder, cells))
        head = ["eval_coder", "eval_per_cpu", "eval_cpu", "eval_wall", "eval_n", "eval_distinct"]
        return self._table(self.t("eval_cost"), [*head, *(f"eval_{name}" for name in spent)], rows)

    def _amount(self, value: float | None) -> str:
        if value is None:
            return _MISSING
        return f"{value:.2f}" if isinstance(value, float) and value < _SMALL else self.locale.number(round(value))

    def _crosstab(self, key: str, coder: Mapping[str, Any]) -> dict[str, Any]:
        names = [self.locale.word("stance", stance) for stance in coder["per_class"]]
        rows = [
            {
                "name": name,
                "cells": [{"n": self.locale.number(n), "hit": at == row} for at, n in enumerate(counts)],
            }
            for row, (name, counts) in enumerate(zip(names, coder["confusion"], strict=True))
        ]
        head = [*names, self.t("eval_none_given")]
        return {"caption": self.t("eval_crosstab", coder=key), "head": head, "rows": rows}


def _spent(coder: Mapping[str, Any]) -> Mapping[str, Any]:
    spent: Mapping[str, Any] = coder["run"]["spent"]
    return spent


def _notes(coder: Mapping[str, Any]) -> list[str]:
    return list(chain(coder["run"]["notes"], coder["run"]["failures"]))


def _clear(figure: Mapping[str, Any]) -> bool:
    """The interval holds no 0."""
    return figure["low"] is not None and (figure["low"] > 0 or figure["high"] < 0)


def _cell(figure: Mapping[str, Any] | None, form: Any = decimals) -> Cell:  # noqa: ANN401  decimals or signed
    if figure is None:
        return _plain(_MISSING)
    low, high = figure.get("low"), figure.get("high")
    return {"value": form(figure["value"]), "interval": f"[{form(low)}, {form(high)}]" if low is not None else ""}


def _plain(value: str) -> Cell:
    return {"value": value, "interval": ""}


def _line(name: str, cells: Sequence[Cell], key: str = "", *, lesser: bool = False) -> dict[str, Any]:
    return {"key": key, "name": name, "cells": cells, "lesser": lesser}


def _said(figure: Mapping[str, Any]) -> str:
    cell = _cell(figure)
    return f"{cell['value']} {cell['interval']}".strip()
