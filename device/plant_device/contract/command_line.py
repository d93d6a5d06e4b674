"""How each stage's commands start and end: one line for an error, one exit code."""

import importlib
import io
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NoReturn, TextIO

import typer

from plant_device.contract.errors import DONE, INTERRUPTED, REFUSED, WRONG_INPUT, UserError
from plant_device.contract.plain import one_line


def new_command_group(help_text: str) -> typer.Typer:
    """An empty command group with the house's manners: plain help, `--debug`."""
    group = typer.Typer(
        help=help_text,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @group.callback()
    def options(
        debug: bool = typer.Option(False, "--debug", help="Show the traceback of any error."),
    ) -> None:
        pass

    return group


def run_command_line(group: typer.Typer, name: str, may_be_empty: Collection[str] = ()) -> NoReturn:
    """Run a command group on `sys.argv` and exit with 0, 1, 2 or, after Ctrl-C, 130.

    An empty argument, such as a shell makes of a variable that is not set, is refused: as a path it
    would be the folder that one is in.

    A `UserError` is printed as one line. Anything else is a bug: one line too, and its
    traceback with `--debug`.

    Args:
        may_be_empty: options, such as `--note`, that mean something by an empty value.
    """
    # Understood before and after the command's name; the option above is for its help.
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    if sys.stdout is None:
        # Its number would go to the next file that opens, and a library's print with it.
        _fail("standard output is closed: results need somewhere to go", WRONG_INPUT, debug)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # File names need not be UTF-8, nor the terminal.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _refuse_empty(sys.argv[1:], may_be_empty)
        # Not by calling the group: Typer would end on Ctrl-C and broken pipes in its own way.
        with typer.main.get_command(group).make_context(name, sys.argv[1:]) as context:
            outcome = context.command.invoke(context)
        sys.stdout.flush()
        sys.exit(outcome if isinstance(outcome, int) else DONE)
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        # An impatient second one would end the interpreter by a traceback, with another exit code.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _fail("stopped", INTERRUPTED, debug=False)
    except BrokenPipeError:
        # Who read our output has gone (`| head`): nothing more to say, nor at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(DONE)
    except UserError as error:
        _fail(str(error), error.exit_code, debug)
    except OSError as error:
        _forget_results_that_have_no_room()
        _fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), WRONG_INPUT, debug)
    except MemoryError as error:
        reason = f"out of memory: free some, or ask for less at once: {error}".rstrip(": ")
        _fail(reason, WRONG_INPUT, debug)
    except Exception as error:
        # Typer ships its own copy of Click from 0.21 on; both name the method alike.
        usage = getattr(error, "format_message", None)
        if usage is not None:
            called = getattr(error, "ctx", None)
            command = called.command_path if called else name
            _fail(
                f"{usage()}{_received(error)} (`{command} --help` tells more)", WRONG_INPUT, debug
            )
        _fail(
            f"this is a bug of ours, please report it with the output of "
            f"`{name} --debug …`: {type(error).__name__}: {error}",
            REFUSED,
            debug,
        )


def _refuse_empty(arguments: Sequence[str], may_be_empty: Collection[str]) -> None:
    for before, argument in pairwise(("", *arguments)):
        option, assigned, value = argument.partition("=")
        if argument == "" and before not in may_be_empty:
            raise UserError(
                f"expected a value after {before or 'the command'}, received an empty one"
            )
        if option.startswith("--") and assigned and not value and option not in may_be_empty:
            raise UserError(f"expected a value after {option}, received an empty one")


def require(module: str, extra: str) -> None:
    """Stop with one line when an optional dependency is not installed.

    Raises:
        UserError: `module` cannot be imported; names the extra that brings it.
    """
    try:
        importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"this command needs {module}, which does not import here ({error}): "
            f"pip install 'plant-edge[{extra}]'"
        ) from error


def say(message: str) -> None:
    """Tell a person something, on stderr: stdout belongs to results.

    Where nobody can be told, the work goes on.
    """
    # Without a stderr, print would take stdout.
    if sys.stderr is not None:
        try:
            print(message, file=sys.stderr, flush=True)
        except OSError:
            forget_unwritten(sys.stderr)


def forget_unwritten(stream: TextIO) -> None:
    """Let go of what a stream could not write: Python would try again at the end, and exit 120.

    What comes later is written again, if the disk has room by then.
    """
    number = stream.fileno()
    kept, nowhere = os.dup(number), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    stream.flush()
    os.dup2(kept, number)
    os.close(kept)
    os.close(nowhere)


def _forget_results_that_have_no_room() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        forget_unwritten(sys.stdout)


def require_new(path: Path, overwrite: bool) -> None:
    """Refuse an output path that exists, unless `--overwrite` was given, or cannot be written.

    Raises:
        UserError: the path exists and `overwrite` is false, or nothing can be made there.
    """
    if path.exists() and not overwrite:
        raise UserError(f"{path} exists: choose another path, or say --overwrite")
    require_writable(path.parent)


def require_new_file(path: Path, overwrite: bool) -> None:
    """As `require_new`, for what is written as one file: a folder is refused.

    Raises:
        UserError: also where the path is a folder.
    """
    if path.is_dir():
        raise UserError(f"expected the name of a file to write, received a folder: {path}")
    require_new(path, overwrite)


def require_writable(folder: Path) -> None:
    """Refuse a folder in which nothing can be written; nothing is made to find that out.

    A folder that is not there yet would be made, so the nearest one above it counts.

    Raises:
        UserError: a file stands in the way, or the folder may not be written to.
    """
    above = folder.absolute()
    while not above.exists():
        above = above.parent
    try:
        # On Linux without a name. Permissions alone would not tell of /proc, nor root of any.
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        raise UserError(
            f"expected a folder that can be written to, received {folder}: "
            f"{above} ({error.strerror})"
        ) from None


def require_ending(path: Path, *endings: str) -> None:
    """Refuse an output path whose ending promises another kind of file.

    Raises:
        UserError: the path ends in none of `endings`, such as ".png".
    """
    if path.suffix.lower() not in endings:
        raise UserError(f"expected a name that ends in {' or '.join(endings)}, received: {path}")


def _received(error: Exception) -> str:
    """What an option was given and does not take, where Typer's message leaves it out."""
    # Typer has pydantic check numbers, and passes on its sentence alone.
    find = getattr(error.__cause__, "errors", None)
    given = find()[0]["input"] if find else None
    return "" if given is None or repr(given) in str(error) else f"; received: {given}"


def _fail(message: str, exit_code: int, debug: bool) -> NoReturn:
    if debug:
        traceback.print_exc()
    say(f"error: {one_line(message)}")
    sys.exit(exit_code)
