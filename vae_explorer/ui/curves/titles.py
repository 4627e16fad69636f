"""The lines above the plots: what is drawn, in which unit, and the figures of the epoch that one looks at."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vae_explorer.core.statistics import EpochStats
from vae_explorer.ui.curves.data import Figure
from vae_explorer.ui.curves.drawing import kind_names
from vae_explorer.ui.numbers import MINUS, signed
from vae_explorer.ui.theme import Colors

translate = QCoreApplication.translate


def figure_name(figure: Figure) -> str:
    """What the figure is called."""
    match figure:
        case "elbo":
            return translate("curves", "ELBO")
        case "reconstruction":
            return translate("curves", "Reconstruction")
        case "kl":
            return translate("curves", "KL")


def explanation(figure: Figure) -> str:
    """One sentence on what the figure is."""
    match figure:
        case "elbo":
            return translate(
                "curves", "ELBO = −(reconstruction + KL), in nats an image: the higher, the better"
            )
        case "reconstruction":
            return translate(
                "curves",
                "−log p(x|z), how badly the images come out again: in nats, summed over pixels, "
                "averaged over images",
            )
        case "kl":
            return translate(
                "curves",
                "How far the posteriors q(z|x) are from the prior: in nats, summed over latent dimensions, "
                "averaged over images",
            )


def plot_titles(figure: Figure, stats: EpochStats | None, colors: Colors, *, log: bool) -> tuple[str, ...]:
    """The title of a plot as rich text, the longest first, for whatever room there is.

    Args:
        figure: what the plot shows.
        stats: the epoch whose values are written; None for none.
        colors: of the theme.
        log: whether heights are logarithmic: then the negative ELBO is drawn.
    """
    negated = figure == "elbo" and log
    text = f"<b>{MINUS if negated else ''}{figure_name(figure)}</b>"
    titles = [text]
    if stats is not None:
        text += _unit(colors)
        names = kind_names()
        for terms, name, color in (
            (stats.test, names["test"][0], colors.accent),
            (stats.train, names["train"][0], colors.muted),
        ):
            value = getattr(terms, figure)
            number = signed(-value if negated else value)
            text += f"&nbsp; <span style='color:{color}'>{name.lower()} {number}</span>"
            titles.insert(0, text)
    return tuple(titles)


def bars_titles(summary: str, epoch: int, colors: Colors) -> tuple[str, ...]:
    """The title of the bars as rich text, the longest first.

    Args:
        summary: how many dimensions are active; empty where that is not known.
        epoch: which is drawn; 0 for none.
        colors: of the theme.
    """
    text = f"<b>{translate('curves', 'KL per dimension')}</b>" + _unit(colors)
    if not epoch:
        return (text,)
    text += f"&nbsp; <span style='color:{colors.accent}'>{summary}</span>"
    return f"{text}&nbsp; {translate('curves', 'epoch {epoch:,}').format(epoch=epoch)}", text


def _unit(colors: Colors) -> str:
    # The axis has no room for it where the plots are low.
    return f" <span style='color:{colors.muted}'>{translate('curves', 'nats')}</span>"
