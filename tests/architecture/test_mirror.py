"""pbx/x/y.py is tested in tests/x/test_y.py."""

from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Protocol

# Files without a decision of their own, or proved through the front door, each with the reason.
WITHOUT_TEST: dict[str, str] = {
    "pbx/*/__init__.py": "names only",
    "pbx/__init__.py": "names only",
    "pbx/*/events.py": "values of the contract; every test of the package makes them",
    "pbx/*/effects.py": "values of the contract; every test of the package compares them",
    "pbx/*/io/*": "needs sockets, files or processes: tests/integration",
    "pbx/runner/*": "needs a loop: tests/integration",
    "pbx/testphone/*": "is itself the tool of tests/integration and tests/e2e",
    "pbx/app.py": "composition: tests/e2e",
    "pbx/assembly/*": "composition: tests/e2e",
    "pbx/supervisor.py": "processes: tests/e2e",
    "pbx/child_process.py": "processes: tests/e2e",
    "pbx/nursery.py": "processes: tests/integration/test_nursery.py and tests/e2e",
    "pbx/cli/*": "people-facing: tests/e2e and tests/cli",
    "pbx/store/migrations/*": "tests/store runs every migration",
    "pbx/store/kept.py": "values that tests/architecture/test_tags.py holds against the database",
    "pbx/store/register_persons.py": "values that tests/architecture/test_tags.py holds against the database",
    "pbx/call/record.py": "values that tests/call and tests/store compare",
    "pbx/call/start.py": "values that every test of tests/call begins with",
    "pbx/media/sources.py": "values of the contract; every test of what is played makes them",
    "pbx/media/dialogue.py": "values of the contract; every dialogue test compares them",
    "pbx/media/fork_orders.py": "values that tests/integration/test_forks.py is made of",
    "pbx/media/speech_orders.py": "values that tests/call/test_spoken.py compares",
    "pbx/media/codecs/codec.py": "the contract that tests/media/codecs/test_table.py checks",
    "pbx/dialplan/routes.py": "values that tests/dialplan/test_plan.py compares",
    "pbx/dialplan/rules.py": "values that tests/dialplan/test_plan.py is made of",
    "pbx/verify/stage.py": "values that tests/verify/test_verification.py goes through",
    "pbx/sip/notify/directory.py": "values that tests/sip/notify/test_notifier.py is made of",
    "pbx/sip/notify/line.py": "values that tests/sip/notify/test_dialog_info.py compares",
    "pbx/sip/notify/package.py": "the contract that tests/sip/notify/test_content.py fulfils",
    "pbx/observe/metric.py": "values that tests/observe/test_tally.py compares",
    "pbx/config/models.py": "values that tests/config/test_load.py compares",
    "pbx/config/schema.py": "the shape of the files: tests/config/test_check.py and test_load.py",
}


class Source(Protocol):
    """What the fixtures yield."""

    @property
    def path(self) -> PurePosixPath: ...


def test_every_file_has_its_test(package: tuple[Source, ...], root: Path) -> None:
    missing = []
    for source in package:
        path = source.path
        if any(fnmatch(str(path), pattern) for pattern in WITHOUT_TEST):
            continue
        test = root / "tests" / path.relative_to("pbx").parent / f"test_{path.name}"
        if not test.is_file():
            missing.append(f"{path} -> {test.relative_to(root)}")
    assert missing == []


def test_no_exception_is_left_over(package: tuple[Source, ...]) -> None:
    paths = [str(source.path) for source in package]
    unused = [pattern for pattern in WITHOUT_TEST if not any(fnmatch(path, pattern) for path in paths)]
    assert unused == []
