"""Do two Agent Spec files mean the same thing? Asks the reference SDK, pyagentspec.

Used by the integration tests to check what flowdeck exports, and by hand:

    pyagentspec_equal.py INPUT EXPORTED
    echo '[{"input": "a.yaml", "exported": "a.json"}, …]' | pyagentspec_equal.py

The second form checks any number of pairs in one process, because importing the SDK takes longer
than checking a pair. A file is JSON if its name ends in `.json`, else YAML.

Prints one JSON object on stdout:

    {"pyagentspec": "26.3.1", "equal": false, "pairs": [
      {"input": "a.yaml", "exported": "a.json", "equal": false,
       "difference": "$.tools[0].description: \"Finds\" became null"}]}

`difference` is the first one found, or null. A file that the SDK refuses is a difference, and so
is a secret of the input that stands in the exported text. Exit status: 0 all pairs are equal,
1 some are not, 2 bad usage. The interpreter needs `pyagentspec` 26.3.1; the tests take it from
the environment variable FLOWDECK_TEST_PYTHON.

What "the same" means: both files are loaded by the SDK, written out again by it, and compared as
graphs of components. All fields must be equal, the same components must be shared, and ids must
be equal where the input states them. Not compared, because it carries no meaning: order of keys,
where a shared component is defined, order of inputs, outputs and branches, and ids that the SDK
made up. A reference to a sensitive value, such as `my_model.api_key`, is given a stand-in on load.
"""

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import yaml
from pyagentspec.serialization import AgentSpecDeserializer, AgentSpecSerializer

REF = "$component_ref"
DEFINITIONS = "$referenced_components"
UNORDERED = {"inputs", "outputs", "branches"}
STAND_INS = {"sensitive_headers": {"X-Stand-In": "stand-in"}}


def main():
    warnings.simplefilter("ignore")  # the SDK warns about every file that states no version
    if len(sys.argv) == 3:
        pairs = [{"input": sys.argv[1], "exported": sys.argv[2]}]
    elif len(sys.argv) == 1:
        pairs = json.load(sys.stdin)
    else:
        print(__doc__, file=sys.stderr)
        return 2
    for pair in pairs:
        pair["difference"] = difference_of(Path(pair["input"]), Path(pair["exported"]))
        pair["equal"] = pair["difference"] is None
    equal = all(pair["equal"] for pair in pairs)
    report = {"pyagentspec": version("pyagentspec"), "equal": equal, "pairs": pairs}
    json.dump(report, sys.stdout, indent=1)
    print()
    return 0 if equal else 1


def difference_of(input_path, exported_path):
    """The first difference between two files in words, or None."""
    try:
        source, wanted = load(input_path)
    except Exception as error:  # the SDK raises many types, some by accident
        return f"pyagentspec refuses the input: {type(error).__name__}: {error}"
    try:
        _, found = load(exported_path)
    except Exception as error:
        return f"pyagentspec refuses the export: {type(error).__name__}: {error}"
    exported_text = exported_path.read_text(encoding="utf-8")
    for secret in secrets_of(source, wanted):
        if secret in exported_text:
            return "a sensitive value of the input stands in the export"
    return Comparison(source, wanted, found).difference(wanted, found, "$")


def load(path):
    """A file as it is written, and as the SDK writes it after loading it."""
    text = path.read_text(encoding="utf-8")
    source = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    component = AgentSpecDeserializer().from_dict(source, components_registry=stand_ins(source))
    return source, AgentSpecSerializer().to_dict(component)


def stand_ins(source):
    """Values for references such as `my_model.api_key`, which nothing in the file defines."""
    defined = definitions_of(source)
    registry = {}
    for owner in objects_in(source):
        for field, value in owner.items():
            if isinstance(value, dict) and isinstance(value.get(REF), str):
                reference = value[REF]
                if reference not in defined and reference.endswith(f".{field}"):
                    registry[reference] = STAND_INS.get(field, "stand-in")
    return registry


def secrets_of(source, dump):
    """Texts that the input holds in fields which the SDK writes as references."""
    sensitive = {
        (owner["component_type"], field)
        for owner in objects_in(dump)
        if "component_type" in owner
        for field, value in owner.items()
        if isinstance(value, dict) and str(value.get(REF, "")).endswith(f".{field}")
    }
    for owner in objects_in(source):
        for field, value in owner.items():
            if (owner.get("component_type"), field) in sensitive:
                if isinstance(value, str):
                    yield value
                elif isinstance(value, dict) and REF not in value:
                    yield from (text for text in value.values() if isinstance(text, str))


def objects_in(value):
    """Every object of a document, outermost first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects_in(inner)


def definitions_of(document):
    """Every entry of every `$referenced_components` of a document, by its key."""
    table = {}
    for owner in objects_in(document):
        if isinstance(owner.get(DEFINITIONS), dict):
            table.update(owner[DEFINITIONS])
    return table


class Comparison:
    """Walks two documents together and pairs their components as it meets them."""

    def __init__(self, source, wanted, found):
        self.stated_ids = {owner["id"] for owner in objects_in(source) if "component_type" in owner and "id" in owner}
        self.definitions = (definitions_of(wanted), definitions_of(found))
        self.found_by_wanted = {}
        self.wanted_by_found = {}

    def difference(self, wanted, found, path):
        """The first difference below `path` in words, or None."""
        wanted, found = self.resolved(0, wanted), self.resolved(1, found)
        if isinstance(wanted, dict) and isinstance(found, dict):
            if "component_type" in wanted and "component_type" in found:
                return self.component_difference(wanted, found, path)
            if set(wanted) == {REF} == set(found):
                return self.secret_difference(wanted[REF], found[REF], path)
            return self.object_difference(wanted, found, path)
        if isinstance(wanted, list) and isinstance(found, list):
            if len(wanted) != len(found):
                return f"{path}: {len(wanted)} items became {len(found)}"
            for index, (one, other) in enumerate(zip(wanted, found)):
                if difference := self.difference(one, other, f"{path}[{index}]"):
                    return difference
            return None
        # In Python True equals 1, in JSON it does not.
        same = wanted == found and isinstance(wanted, bool) == isinstance(found, bool)
        return None if same else f"{path}: {short(wanted)} became {short(found)}"

    def resolved(self, side, value):
        """A component in place of a reference to it."""
        if isinstance(value, dict) and isinstance(value.get(REF), str):
            return self.definitions[side].get(value[REF], value)
        return value

    def component_difference(self, wanted, found, path):
        wanted_id, found_id = wanted["id"], found["id"]
        if wanted_id in self.found_by_wanted or found_id in self.wanted_by_found:
            paired = self.found_by_wanted.get(wanted_id) == found_id
            return None if paired else f"{path}: is not the same shared component"
        self.found_by_wanted[wanted_id] = found_id
        self.wanted_by_found[found_id] = wanted_id
        if wanted_id in self.stated_ids and wanted_id != found_id:
            return f"{path}.id: {short(wanted_id)} became {short(found_id)}"
        return self.object_difference(fields_of(wanted), fields_of(found), path)

    def object_difference(self, wanted, found, path):
        for key in wanted:
            if key not in found:
                return f"{path}.{key}: is gone, was {short(wanted[key])}"
        for key in found:
            if key not in wanted:
                return f"{path}.{key}: is new, {short(found[key])}"
        for key in wanted:
            if difference := self.difference(wanted[key], found[key], f"{path}.{key}"):
                return difference
        return None

    def secret_difference(self, wanted, found, path):
        """A reference that stands for a value names its component by id, which may be made up."""
        wanted_id, _, wanted_field = wanted.rpartition(".")
        found_id, _, found_field = found.rpartition(".")
        same = self.found_by_wanted.get(wanted_id, wanted_id) == found_id and wanted_field == found_field
        return None if same else f"{path}: reference {short(wanted)} became {short(found)}"


def fields_of(component):
    """A component's fields to compare, in an order in which position means something."""
    fields = {key: value for key, value in component.items() if key not in {"id", DEFINITIONS}}
    for key in UNORDERED & set(fields):
        if isinstance(fields[key], list):
            fields[key] = sorted(fields[key], key=title_of)
    return fields


def title_of(item):
    return str(item.get("title", "")) if isinstance(item, dict) else str(item)


def short(value):
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"


if __name__ == "__main__":
    sys.exit(main())
