"""Real worker processes that are killed at random moments: `omnify fault-lab --kills`."""
import re


def test_killed_processes_lose_and_double_nothing(service):
    said = service.run("fault-lab", "--kills", "5", "--seed", "7", "--platform", "square")
    assert re.search(r"5 processes killed \(seed 7\) in \d+ runs?, 0 of them with a difference\.", said), said
