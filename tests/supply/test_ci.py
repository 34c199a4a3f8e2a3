"""What runs the checks for others may read the repository and nothing else."""

from pathlib import Path

import yaml

WORKFLOWS = sorted((Path(__file__).parents[2] / ".github/workflows").glob("*.yml"))


def test_workflows_may_read_and_use_nothing_of_others():
    assert [f.name for f in WORKFLOWS] == ["check.yml"]
    for file in WORKFLOWS:
        told = yaml.safe_load(file.read_text("utf-8"))
        assert told["permissions"] == {"contents": "read"}
        for job in told["jobs"].values():
            assert "permissions" not in job
            assert [s for s in job["steps"] if "uses" in s] == []
            assert job["steps"][-1]["run"] == "bash .ci/run"
