# Two commands do everything, set-up included: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
CONSTRAINTS := constraints/workstation.txt
READY := $(VENV)/.ready

.PHONY: demo test test-page test-slow test-field test-imports test-mediapipe test-tflite-runtime fuzz fuzz-merge lint pins check-pins clean

demo: $(READY)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" ./demo.sh

test: lint
	$(VENV)/bin/pytest -n 2 --dist worksteal -m "not slow and not field and not browser and not import_proof and not mediapipe and not tflite_runtime"

# The page's looks, its records, logins and its life without the device, in Chromium.
test-page: $(READY)
	$(VENV)/bin/pytest -n 2 -m "browser and not slow"

test-slow: $(READY)
	$(VENV)/bin/pytest -m slow

# On an emulated board, by root; CUTS is how often its power goes in each trial, FAULTS how often each
# camera fails (docs/reliability.md).
CUTS ?= 3
FAULTS ?= 10
test-field: $(READY)
	$(VENV)/bin/pytest -m field --cuts $(CUTS) --faults $(FAULTS)

# The same logits as the programs whose weights we take, and the tests that skip without PyTorch, which
# this brings.
test-imports: $(READY)
	$(VENV)/bin/pip install --quiet --constraint $(CONSTRAINTS) --editable '.[import]' onnxruntime
	$(VENV)/bin/pytest -m import_proof
	$(VENV)/bin/pytest tests/train/weights tests/fuzzing -m "not slow and not import_proof"

# Other readers of TFLite files. MediaPipe brings an OpenCV of its own, so it does not go into VENV.
test-mediapipe: $(READY)
	$(VENV)/bin/python -m venv $(VENV)-mediapipe
	$(VENV)-mediapipe/bin/pip install --quiet --disable-pip-version-check mediapipe==1.2.3
	MEDIAPIPE_PYTHON=$(CURDIR)/$(VENV)-mediapipe/bin/python $(VENV)/bin/pytest -m mediapipe

# The older runtime, which wants NumPy 1 and at most Python 3.11, beside the one in VENV.
test-tflite-runtime: $(READY)
	$(VENV)/bin/python -m venv $(VENV)-tflite-runtime
	$(VENV)-tflite-runtime/bin/pip install --quiet --disable-pip-version-check \
	  tflite-runtime==2.14.0 'numpy<2' 'opencv-python-headless<4.12' pillow pydantic typer
	TFLITE_RUNTIME_PYTHON=$(CURDIR)/$(VENV)-tflite-runtime/bin/python $(VENV)/bin/pytest -m tflite_runtime

# A reader of tests/fuzzing/targets with any bytes, for so many seconds of the processor's time.
# Atheris needs our packages and nobody needs it: it lies beside VENV.
TARGET ?= settings
SECONDS ?= 300
FUZZ = PYTHONPATH=$(CURDIR)/$(VENV)-fuzz:$(CURDIR)/tests/props $(VENV)/bin/python tests/fuzzing/fuzz.py
fuzz: $(VENV)-fuzz
	$(FUZZ) $(TARGET) --seconds=$(SECONDS)

# What reaches most of what was found so far, into tests/fuzzing/corpus.
fuzz-merge: $(VENV)-fuzz
	$(FUZZ) $(TARGET) -set_cover_merge=1

$(VENV)-fuzz: $(READY)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --target $@ atheris==3.0.0

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

pins:
	./constraints/pin.sh

check-pins: $(READY)
	PIP=$(VENV)/bin/pip ./constraints/check.sh

clean:
	rm -rf $(VENV) $(VENV)-* demo-output

$(READY): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "error: expected Python 3.11 to 3.13, received $$($(PYTHON) --version 2>&1): say make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "error: this Python has no venv: apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable '.[train,dev]'
	touch $@
