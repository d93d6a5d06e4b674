"""The command `plant-convert`."""

from pathlib import Path
from typing import Annotated

import typer

from plant_convert.backends import Backend, Dense, Method, Quantisation
from plant_convert.compression import read_compressions
from plant_convert.lrn_power import LrnPower
from plant_convert.own_process import continue_in_own_process
from plant_device.contract.atomic import write_atomically
from plant_device.contract.command_line import (
    new_command_group,
    require,
    require_ending,
    require_new_file,
    run_command_line,
    say,
)
from plant_device.contract.errors import REFUSED, UserError
from plant_train.start_tensorflow import start_tensorflow

app = new_command_group(
    "Convert a run to the one int8 file that a device needs, and check it.\n\n"
    "Typical: plant-convert build runs/first -o leaves.tflite"
)

JsonOption = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]
MinAgreementOption = Annotated[
    float, typer.Option(min=0, max=1, help="Least top-1 agreement of int8 with float32.")
]
MaxDropOption = Annotated[
    float,
    typer.Option(
        min=0, max=100, metavar="POINTS", help="Most macro F1 that int8 may lose, of 100."
    ),
]
MaxRecallDropOption = Annotated[
    float,
    typer.Option(
        min=0,
        max=100,
        metavar="POINTS",
        help="Most recall that a class may lose, of 100, where one picture is not more than that.",
    ),
]
LabelsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Of a foreign model: its class names, one a line, in its order."
    ),
]
MeanOption = Annotated[
    str | None,
    typer.Option(
        metavar="M|R,G,B", help="What a foreign model takes from pixels 0…255. [default: 0]"
    ),
]
StdOption = Annotated[
    str | None,
    typer.Option(metavar="S|R,G,B", help="What it then divides them by. [default: 1]"),
]
StoredSideOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1024,
        help="The square whose centre a foreign model of side S takes. [default: S x 256 / 224]",
    ),
]


@app.command()
def build(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|MODEL",
            help="A run folder of plant-train fit; with --labels a foreign Keras model (.keras, "
            ".h5) or SavedModel folder.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="NAME.tflite")],
    data: Annotated[
        list[Path],
        typer.Option(
            metavar="DATA",
            help="What fit was given, if it was moved; once for each data set. For a foreign "
            "model: pictures to calibrate and judge it with, divided as fit does.",
        ),
    ] = [],  # noqa: B006  (Typer reads it, nobody changes it)
    labels: LabelsOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    stored_side: StoredSideOption = None,
    name: Annotated[
        str | None, typer.Option(help="Of this model.  [default: the run folder's]")
    ] = None,
    version: Annotated[str, typer.Option(help="Of this model, as you count.")] = "1",
    licence: Annotated[str, typer.Option(help="Of this model, in a sentence.")] = "",
    calibration: Annotated[
        int, typer.Option(min=8, max=100_000, help="Pictures that the quantiser sees.")
    ] = 128,
    compress: Annotated[
        str,
        typer.Option(
            metavar="auto|RANK[,SHARE]",
            help="Factor a run's layers and make them answer as the whole ones do: dense ones to "
            "this rank, convolutions but the first so that they keep this share of their "
            "responses' variance, as in 96,0.98; or the smallest that passes the gate.",
        ),
    ] = "",
    backend: Annotated[Backend, typer.Option(help="Whose quantiser.")] = Backend.TENSORFLOW,
    calibration_method: Annotated[
        Method,
        typer.Option(help="How ranges are chosen; percentile and mse with --backend litert."),
    ] = Method.MIN_MAX,
    dense: Annotated[
        Dense,
        typer.Option(help="Scales of dense layers; per-tensor for runtimes before 2.10."),
    ] = Dense.PER_CHANNEL,
    lrn: Annotated[
        LrnPower,
        typer.Option(
            help="Ops of local response normalisation; tanh is the fastest and as near as the "
            "others, log-exp runs from TensorFlow Lite 2.15 on, float needs --allow-float."
        ),
    ] = LrnPower.TANH,
    min_agreement: MinAgreementOption = 0.99,
    max_drop: MaxDropOption = 0.3,
    max_recall_drop: MaxRecallDropOption = 2,
    allow_float: Annotated[
        bool, typer.Option("--allow-float", help="Write it even if some ops are not integer.")
    ] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace FILE and its page.")] = False,
) -> None:
    """Convert to int8, and write what passes.

    It is judged by its answers to held-out pictures, beside those of float32. As NAME.html, a
    page tells what the conversion cost.
    """
    if out.suffix != ".tflite":
        raise UserError(f"expected a name that ends in .tflite, received: {out}")
    for option, text in (("--name", name), ("--version", version)):
        if text is not None and not (1 <= len(text) <= 200 and text.isprintable()):
            raise UserError(
                f"expected 1 to 200 printable characters for {option}, received: {text!r:.80}"
            )
    page = out.with_suffix(".html")
    require_new_file(out, overwrite)
    require_new_file(page, overwrite)
    from plant_convert.foreign.description import read_description

    description = read_description(labels, mean, std, stored_side)
    compressions = read_compressions(compress)
    if compressions and description:
        raise UserError("expected a run folder for --compress: a foreign model has no recipe")
    quantisation = Quantisation(backend, calibration_method, dense)
    if lrn is LrnPower.FLOAT and not allow_float:
        raise UserError(
            "expected --allow-float with --lrn float, which leaves an op that is not integer: say "
            "both, or take another --lrn"
        )
    continue_in_own_process(
        "the last line above says in the midst of what; try another --backend, or replace what is "
        "unusual in the network",
        out,
        page,
    )
    say("loading TensorFlow …")
    start_tensorflow()
    if backend is Backend.LITERT:
        require("ai_edge_quantizer", "train")
    from plant_convert.build import build as build_order
    from plant_convert.foreign.build import build_foreign
    from plant_convert.gate import Limits
    from plant_convert.order import Order

    limits = Limits(min_agreement, max_drop / 100, max_recall_drop / 100)
    order = Order(
        run,
        out,
        data,
        version,
        calibration,
        allow_float,
        limits,
        licence,
        compressions,
        quantisation,
        lrn,
        name,
    )
    converted = build_foreign(order, description) if description else build_order(order)
    comparison = converted.passed.judged.held_out
    print(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB; on {comparison.int8.n} held-out pictures top-1 "
        f"{comparison.int8.top1:.2%} (float32 {comparison.float32.top1:.2%}), macro F1 "
        f"{comparison.int8.macro_f1:.4f} (float32 {comparison.float32.macro_f1:.4f}), "
        f"agreement {comparison.agreement:.2%}"
    )
    say(
        f"{converted.seconds:.0f} s, {converted.peak_bytes / 1e9:.1f} GB of memory at its peak; "
        f"report: {converted.page}"
    )


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any TFLite file.")],
    graph: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the graph: NAME.html")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the drawing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is in any TFLite file."""
    if graph:
        require_ending(graph, ".html")
        require_new_file(graph, overwrite)
        require("jinja2", "train")
    from plant_convert.inspect import in_words
    from plant_convert.inspect import inspect as inspect_file

    inspected = inspect_file(file)
    if graph:
        from plant_convert.inspect.graph_page import write_graph_page

        write_graph_page(inspected, graph)
    print(inspected.model_dump_json() if as_json else in_words(inspected))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A model file.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="NAME.tflite")],
    overwrite: Annotated[bool, typer.Option(help="Replace OUT if it exists.")] = False,
) -> None:
    """Write a model file that MediaPipe runs.

    The device does not take that one.
    """
    require_ending(out, ".tflite")
    require_new_file(out, overwrite)
    if out.exists() and file.exists() and out.samefile(file):
        raise UserError(f"expected another name than FILE's, which devices need: {out}")
    from plant_convert.export import export as export_file

    export_file(file, out)
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB, uint8 probabilities in place of int8 logits")


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A model file; with --labels any .tflite classifier."),
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Class folders, test/ above them, or a .csv.")
    ],
    class_names: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV theirs,ours where names differ.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Also judge the float32 run, and compare.")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one JSON line a picture, as classify --json."),
    ] = None,
    disagreements: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write a page of the pictures that the run names otherwise."
        ),
    ] = None,
    labels: LabelsOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    stored_side: StoredSideOption = None,
    min_agreement: MinAgreementOption = 0.99,
    max_drop: MaxDropOption = 0.3,
    max_recall_drop: MaxRecallDropOption = 2,
    overwrite: Annotated[bool, typer.Option(help="Replace what is written.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Judge a model file as the device would run it.

    With --run, exit 1 if it fell short of the float32 run.
    """
    if predictions:
        require_new_file(predictions, overwrite)
    if disagreements:
        require_ending(disagreements, ".html")
        require_new_file(disagreements, overwrite)
        if run is None:
            raise UserError(
                "expected --run with --disagreements, which are those with its answers: name the "
                "run, or leave --disagreements out"
            )
    from plant_convert.foreign.description import read_description

    description = read_description(labels, mean, std, stored_side)
    continue_in_own_process(
        f"expected a file that the runtime can run, received {file}",
        *filter(None, (predictions, disagreements)),
    )
    say("loading TensorFlow …")
    start_tensorflow()
    from plant_convert.gate import Limits, gate_record, refusals
    from plant_convert.gate_words import gate_lines
    from plant_convert.report.disagreements_page import disagreements_page
    from plant_convert.subject import foreign_file, model_file
    from plant_convert.verify import comparison_of
    from plant_convert.verify import verify as verify_subject
    from plant_train.data.class_names import read_class_names

    names = read_class_names(class_names) if class_names else None
    subject = foreign_file(file, description) if description else model_file(file)
    verification = verify_subject(subject, data, run, names)
    verified = verification.verified
    comparison = comparison_of(verified)
    limits = Limits(min_agreement, max_drop / 100, max_recall_drop / 100)
    if comparison:
        gate = gate_record(comparison, limits, from_training=0)
        verified = verified.model_copy(update={"gate": gate})
    if predictions:
        lines = (line.model_dump_json(exclude_none=True) for line in verification.lines)
        write_atomically(predictions, "".join(f"{line}\n" for line in lines))
    if disagreements and run:
        page = disagreements_page(verification, file.name, run.resolve().name)
        write_atomically(disagreements, page)
    if as_json:
        print(verified.model_dump_json())
    else:
        print(
            f"{file}: {verified.int8.n} pictures, top-1 {verified.int8.top1:.2%}, macro F1 "
            f"{verified.int8.macro_f1:.4f}, ECE {verified.int8.ece:.4f}, {verified.ms:.1f} ms a "
            f"picture, {verified.bytes / 1e6:.1f} MB; "
            + ", ".join(f"{kind} {number}" for kind, number in verified.decisions.items())
        )
    if comparison is None:
        return 0
    say(
        f"float32: top-1 {comparison.float32.top1:.2%}, "
        f"macro F1 {comparison.float32.macro_f1:.4f}; agreement {comparison.agreement:.2%}"
    )
    say(gate_lines(gate))
    broken = refusals(comparison, limits)
    for sentence in broken:
        say(f"gate: {sentence}")
    return REFUSED if broken else 0


def main() -> None:
    """Run `plant-convert` on the process's arguments."""
    run_command_line(app, "plant-convert")
