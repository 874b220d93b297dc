"""Programs for maps: between files and PostGIS."""

from __future__ import annotations

import re

from migrator.analyzers.io.programs import Call, Effects, Program, Sql
from migrator.analyzers.io.shell import Command

_DATABASES = {"PG:": "postgres", "MSSQL:": "mssql", "MYSQL:": "mysql", "OCI:": "oracle"}


def _system(name: str) -> str | None:
    """The database that a data source of GDAL names; None for a file."""
    return next((system for start, system in _DATABASES.items() if name.upper().startswith(start)), None)


def _ogr2ogr(call: Call, command: Command, effects: Effects) -> None:
    """`ogr2ogr [options] TARGET SOURCE [layer…]`."""
    if len(call.plain) < 2:
        return
    target, source, *layers = call.plain
    to, of = _system(target), _system(source)
    if of is not None:
        effects.tables += [(False, layer, of) for layer in layers]
        effects.sql += [Sql(of, text) for text in call.all("-sql")]
    else:
        effects.reads.append(source.removeprefix("/vsizip/"))
    if to is not None:
        effects.tables += [(True, name, to) for name in ([call.options["-nln"]] if "-nln" in call.options else layers)]
    else:
        effects.writes.append(target)


_DATABASE = re.compile(r"(?:PG|MySQL|MSSQL|OCI|WFS|WMS|NETCDF|HDF5):", re.I)
"""How GDAL's names of sources begin that are no files."""


def _to_postgis(call: Call, command: Command, effects: Effects) -> None:
    """`shp2pgsql FILE TABLE | psql`: the SQL that it prints fills the table."""
    if len(call.plain) > 1:
        effects.reads.append(call.plain[0])
        effects.tables.append((True, call.plain[1], "postgres"))


def _gdal(call: Call, command: Command, effects: Effects) -> None:
    if len(call.plain) > 1:
        effects.reads += [word for word in call.plain[:-1] if not _DATABASE.match(word)]
        effects.writes.append(call.plain[-1])


def _tiles(call: Call, command: Command, effects: Effects) -> None:
    """`tippecanoe -o TILES FILE…`."""
    effects.reads += call.plain
    effects.writes += call.all("-o", "--output")


def _climate(call: Call, command: Command, effects: Effects) -> None:
    """`ncks IN OUT`, and `cdo OPERATOR… IN OUT`, whose operators are chained by dashes and are no files."""
    files = [word for word in call.plain if "/" in word or "." in word]
    if len(files) > 1:
        effects.reads += files[:-1]
        effects.writes.append(files[-1])


def _osm2pgsql(call: Call, command: Command, effects: Effects) -> None:
    """`osm2pgsql -p PREFIX FILE`: fills the tables that its default style names."""
    prefix = call.option("-p", "--prefix") or "planet_osm"
    effects.reads += call.plain
    if not call.option("-S", "--style"):
        effects.tables += [(True, f"{prefix}_{layer}", "postgres") for layer in ("point", "line", "polygon", "roads")]


_OGR = frozenset(
    [
        "-f",
        "-nln",
        "-nlt",
        "-sql",
        "-dialect",
        "-where",
        "-s_srs",
        "-t_srs",
        "-a_srs",
        "-lco",
        "-dsco",
        "-oo",
        "-select",
    ]
)

PROGRAMS = {
    **dict.fromkeys(
        ("cdo", "ncks", "ncra", "ncrcat", "nccopy", "ncwa", "ncap2"),
        Program(_climate, frozenset({"-v", "-d", "-f", "-s", "-x", "-P", "-z", "-L", "-k", "-a"})),
    ),
    **dict.fromkeys(
        ("gdal2tiles.py", "gdal2tiles"),
        Program(_gdal, frozenset({"-z", "-p", "-r", "-s", "-w", "-t", "-a", "--processes"})),
    ),
    "osm2pgsql": Program(
        _osm2pgsql,
        frozenset({"-d", "-U", "-H", "-P", "-p", "--prefix", "-S", "--style", "-C", "-O", "--number-processes"}),
    ),
    "ogr2ogr": Program(_ogr2ogr, _OGR),
    "shp2pgsql": Program(_to_postgis, frozenset({"-s", "-g", "-W", "-N", "-m", "-T", "-X"})),
    "raster2pgsql": Program(_to_postgis, frozenset({"-s", "-b", "-t", "-N", "-l", "-f"})),
    "tippecanoe": Program(
        _tiles, frozenset({"-o", "--output", "-l", "--layer", "-n", "-z", "-Z", "-e", "-L", "-x", "-y", "-j"})
    ),
    "gdal_grid": Program(
        _gdal,
        frozenset(["-of", "-ot", "-a", "-a_srs", "-co", "-l", "-sql", "-where", "-zfield", "-txe", "-tye", "-outsize"]),
    ),
    **dict.fromkeys(
        ("gdal_translate", "gdalwarp", "gdal_rasterize"),
        Program(_gdal, frozenset({"-of", "-ot", "-s_srs", "-t_srs", "-a_srs", "-co", "-b", "-te", "-tr", "-r"})),
    ),
}
