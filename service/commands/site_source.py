"""Where subcommands get a site from: a description in YAML, one JSON file, or CSV files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ...optimizer.site_map import SiteMap


def load_site(path: Path) -> SiteMap:
    """Read a site; what is wrong with it is listed in the error."""
    import yaml

    from ...engine.errors import InvalidRequest
    from ...io.tabular.yaml_once import load_yaml
    from ...optimizer.site_description import describe
    from ...optimizer.site_generate import generate
    from ...optimizer.site_map import SiteMapInvalid
    from ..site_files import read_site

    if path.is_dir() or path.suffix.lower() == ".json":
        return read_site(path)
    try:
        found = load_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequest(
            f"{path}: found no file that can be read ({error.strerror}), expected a description "
            f"of a site"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidRequest(f"{path}: found no YAML, expected a description: {reason}") from error
    try:
        return generate(describe(found))
    except SiteMapInvalid as error:
        raise InvalidRequest(f"{path}: {error}") from error
