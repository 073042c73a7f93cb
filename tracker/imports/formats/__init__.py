"""Other systems' files as they are: one format a file, recognised by the headers. `recognise` picks; the first that knows them."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.errors import RefusedError
from tracker.imports.formats import glpi, own, snipeit_importer, snipeit_list, snipeit_report
from tracker.imports.formats.shape import Format, assign, fold

FOREIGN: tuple[Format, ...] = (
    snipeit_importer.FORMAT,
    snipeit_report.FORMAT,
    snipeit_list.FORMAT,
    glpi.FORMAT,
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A table's columns in its format.

    Attributes:
        names: our column for each, None where it is not used.
        written: our column → the header as the file writes it.
        unused: headers that nothing is read from; one that stands more than once says which column it is.
    """

    format: Format
    names: tuple[str | None, ...]
    written: dict[str, str]
    unused: tuple[str, ...]


def _unused(headers: tuple[str, ...], names: tuple[str | None, ...]) -> tuple[str, ...]:
    folded = [fold(header) for header in headers]
    return tuple(
        f"{header} ({n})" if folded.count(fold(header)) > 1 else header
        for n, (header, name) in enumerate(zip(headers, names, strict=True), 1)
        if header and name is None
    )


def recognise(headers: tuple[str, ...]) -> Recognised:
    """The format of a table with these headers, and what is read from each column.

    Raises:
        RefusedError: no tag column, or (in our own file) two columns of one meaning.
    """
    present = frozenset(fold(header) for header in headers)
    format_ = next((one for one in FOREIGN if one.knows(present)), own.FORMAT)
    names = assign(format_, headers)
    known = [name for name in names if name]
    if "tag" not in known:
        raise RefusedError("imports.no_tag_column", headers=", ".join(filter(None, headers))[:200])
    twice = next((name for name in known if known.count(name) > 1), None)
    if twice:
        raise RefusedError("imports.column_twice", column=twice)
    written = {name: header for name, header in zip(names, headers, strict=True) if name}
    for ours, theirs in format_.comes_from.items():
        if source := next((written[name] for name in theirs if name in written), None):
            written.setdefault(ours, source)
    return Recognised(format_, names, written, _unused(headers, names))
