"""`slotline work` against a real server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from slotline.service import cli

if TYPE_CHECKING:
    from slotline.service.client import SlotlineClient
    from slotline.service.server import Server


@pytest.fixture
def target(server: Server, site: SlotlineClient) -> str:
    """Give the address of a server where ann holds a batch of one move."""
    site.put_worker(code="ann")
    site.put_wave(code="noon")
    batch = site.open_batch(wave="noon", zone="A", priority=3).batch
    site.add_move(batch=batch, stock=0, units=40, location="A-02", tour_position=0)
    site.release_batch(batch=batch)
    site.claim_batch(worker="ann", batch=batch)
    site.open_batch()
    return f"127.0.0.1:{server.port}"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run a subcommand with --json and give its object."""
    assert cli.main(["work", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_batches_are_listed(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All that have not ended, or of one state, zone, wave or worker."""
    found = answer(capsys, "list", "--target", target)["batches"]
    assert [(one["batch"], one["state"], one["worker"]) for one in found] == [
        (0, "claimed", "ann"),
        (1, "open", ""),
    ]
    chosen = answer(capsys, "list", "--target", target, "--state", "open")["batches"]
    assert [one["batch"] for one in chosen] == [1]
    assert cli.main(["work", "list", "--target", target, "--zone", "A"]) == 0
    text = capsys.readouterr().out
    assert "claimed" in text
    assert "noon" in text
    with pytest.raises(SystemExit, match="2"):
        cli.main(["work", "list", "--target", "127.0.0.1:1", "--state", "lost"])
    assert "--state: found 'lost', expected one of open, released" in capsys.readouterr().err


def test_a_batch_is_shown_with_its_tasks(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """For people and for programs."""
    found = answer(capsys, "show", "0", "--target", target)
    (task,) = found["tasks"]
    assert (task["kind"], task["location"], task["to_location"]) == ("move", "A-01", "A-02")
    assert cli.main(["work", "show", "0", "--all", "--target", target]) == 0
    text = capsys.readouterr().out
    assert "batch 0, claimed, held by ann" in text
    assert "A-01" in text
    assert cli.main(["work", "show", "9", "--target", target]) == 1
    assert "found number 9" in capsys.readouterr().err


def test_a_worker_is_watched(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What they hold now; nothing is told as such."""
    found = answer(capsys, "watch", "ann", "--count", "1", "--target", target)
    assert found["batch"]["batch"] == 0
    assert [one["units"] for one in found["tasks"]] == [40]
    with pytest.raises(SystemExit):
        cli.main(["work", "watch", "ann", "--count", "0"])
    capsys.readouterr()
    assert cli.main(["work", "watch", "eve", "--count", "1", "--target", target]) == 1
    assert "worker: found code 'eve'" in capsys.readouterr().err
