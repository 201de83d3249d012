"""What does the reference SDK, pyagentspec, make of a document and of what flowdeck wrote of it?

Used by the differential tests, and by hand:

    pyagentspec_judge.py INPUT EXPORTED      do two files mean the same thing?
    pyagentspec_judge.py                     answers questions, one JSON object a line

`--wayflow` before either adds the types of WayFlow's plugins, if the interpreter has wayflowcore.

The second form serves any number of questions in one process, because importing the SDK takes
longer than judging a document. It first prints `{"pyagentspec": "26.3.1"}`, then one line for each
line that it reads:

    {"document": "…", "format": "yaml",      the text, and how it is written
     "supplied": {"key": …},                 what it may refer to: components and plain values
     "exports": [{"text": "…", "format": "json", "version": null, "secrets": false, "set": null}]}

    {"refused": null,                        why the SDK refuses the document
     "versions": ["26.1.2", "26.3.1"],       the versions that the SDK can write it in, least first
     "exports": [null]}                      how each export differs from what it should mean

An export is held against what the SDK itself writes of the document in the same version (null is
the least that will do), with or without secrets; `set` is the text of what was split off. A text
that the SDK refuses is a difference, and so is a secret of the document in an export without them.

What "the same" means: both are loaded by the SDK, written out again by it, and compared as graphs
of components. All fields must be equal, the same components must be shared, and ids must be equal
where the document states them. Not compared, because it carries no meaning: order of keys, where a
shared component is defined, order of inputs, outputs and branches, ids and times that the SDK made up. A
reference to a sensitive value, such as `my_model.api_key`, is given a stand-in on load.

The interpreter needs pyagentspec 26.3.1.
"""

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import yaml
from once import valid_schemas
from pyagentspec.serialization import AgentSpecDeserializer, AgentSpecSerializer
from pyagentspec.versioning import AgentSpecVersionEnum

REF = "$component_ref"
DEFINITIONS = "$referenced_components"
UNORDERED = {"inputs", "outputs", "branches"}
# What the SDK remembers of a few types, and writes by mistake.
BOOKKEEPING = {"min_agentspec_version", "max_agentspec_version"}
STAND_IN = "stand-in"
STAND_INS = {"sensitive_headers": {"X-Stand-In": STAND_IN}}
# What WayFlow makes up for messages that do not state it.
TIMES = {"time_created", "time_updated"}
# Before the first of these no component existed; the SDK knows their names only.
VERSIONS = [one for one in AgentSpecVersionEnum if one.value >= "25.4.1"]
# Marked as sensitive in the SDK, which writes them in clear text all the same.
LEAKED_SECRETS = {
    "OAuthClientConfig": ("client_id", "client_secret", "client_id_metadata_url"),
    "TlsPostgresDatabaseConnectionConfig": ("sslkey",),
}


def main(arguments):
    warnings.simplefilter("ignore")  # the SDK warns about every file that states no version
    plugins = ()
    if arguments[:1] == ["--wayflow"]:
        plugins, arguments = wayflow_plugins(), arguments[1:]
    if len(arguments) == 2:
        document, exported = map(Path, arguments)
        answer = Judge(*plugins).answer({
            "document": document.read_text(encoding="utf-8"),
            "format": format_of(document),
            "exports": [{"text": exported.read_text(encoding="utf-8"), "format": format_of(exported)}],
        })
        print(json.dumps(answer, ensure_ascii=False, indent=1))
        return 0 if answer["refused"] is None and answer["exports"] == [None] else 1
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    valid_schemas()
    judge = Judge(*plugins)
    print(json.dumps({"pyagentspec": version("pyagentspec")}), flush=True)
    for line in sys.stdin:
        print(json.dumps(judge.answer(json.loads(line))), flush=True)
    return 0


def wayflow_plugins():
    from wayflowcore.agentspec.components import all_deserialization_plugin, all_serialization_plugin

    return all_deserialization_plugin, all_serialization_plugin


def format_of(path):
    return "json" if path.suffix == ".json" else "yaml"


def parsed(text, written_as, loader=yaml.SafeLoader):
    """The value of a text. The SDK itself reads YAML by `SafeLoader`."""
    return json.loads(text) if written_as == "json" else yaml.load(text, loader)


class Judge:
    """Loads and writes with the SDK, and with these plugins of it."""

    def __init__(self, loading=(), writing=()):
        self.loading, self.writing = list(loading), list(writing)

    def answer(self, question):
        supplied = question.get("supplied") or {}
        exports = question.get("exports", [])
        try:
            source = parsed(question["document"], question["format"])
            component = self.load(source, self.registry(supplied))
        except Exception as error:  # the SDK raises many types, some by accident
            return {"refused": reason(error), "versions": [], "exports": [None] * len(exports)}
        judged = {}
        return {
            "refused": None,
            "versions": [one.value for one in VERSIONS if self.is_writable(component, one)],
            "exports": [self.difference(source, component, export, judged) for export in exports],
        }

    def load(self, source, registry=None):
        registry = {**stand_ins(source, registry or {}), **(registry or {})}
        return AgentSpecDeserializer(self.loading).from_dict(source, components_registry=registry)

    def registry(self, supplied):
        """Components are loaded, each on its own; anything else is a value."""
        return {
            key: self.load(value) if isinstance(value, dict) and "component_type" in value else value
            for key, value in supplied.items()
        }

    def write(self, component, in_version=None, secrets=False):
        return AgentSpecSerializer(self.writing).to_dict(
            component, agentspec_version=in_version, include_sensitive_fields=secrets
        )

    def is_writable(self, component, in_version):
        try:
            self.write(component, in_version)
        except Exception:  # a version that is too low, or dates, which no version has
            return False
        return True

    def difference(self, source, component, export, judged):
        """How an export differs from what the SDK writes, or None. `judged` has the answers for this document so far:
        an export in YAML that is the same value as one in JSON gets the answer of that one."""
        secrets = export.get("secrets", False)
        in_version = AgentSpecVersionEnum(export["version"]) if export.get("version") else None
        # Whether the SDK can read our YAML is seen at the least version; libyaml is ten times as fast.
        loader = yaml.SafeLoader if in_version is None and not export.get("set") else yaml.CSafeLoader
        try:
            value = parsed(export["text"], export["format"], loader)
            split_off = parsed(export["set"], export["format"], loader)[DEFINITIONS] if export.get("set") else {}
        except Exception as error:
            return f"pyagentspec can't read the export: {reason(error)}"
        key = json.dumps([value, split_off, export.get("version"), secrets])
        if key not in judged:
            judged[key] = self.value_difference(source, component, value, split_off, in_version, secrets)
        wanted, difference = judged[key]
        if difference is None and not secrets and any(secret in export["text"] for secret in secrets_of(source, wanted)):
            return "the export holds a sensitive value of the document"
        return difference

    def value_difference(self, source, component, value, split_off, in_version, secrets):
        """What the SDK writes of a document, and how the value of an export differs from it, or None."""
        try:
            wanted = self.write(component, in_version, secrets)
        except Exception as error:
            return None, f"pyagentspec can't write this: {reason(error)}"
        try:
            found = self.write(self.load(value, self.registry(split_off)), in_version, secrets)
        except Exception as error:
            return wanted, f"pyagentspec refuses the export: {reason(error)}"
        return wanted, Comparison(source, wanted, found, secrets).difference(wanted, found, "$")


def reason(error):
    return f"{type(error).__name__}: {error}"[:600]


def stand_ins(source, registry):
    """Values for references such as `my_model.api_key`, which nothing in the document defines."""
    defined = definitions_of(source)
    found = {}
    for owner in objects_in(source):
        for field, value in owner.items():
            if isinstance(value, dict) and isinstance(value.get(REF), str):
                reference = value[REF]
                if reference not in defined and reference not in registry and reference.endswith(f".{field}"):
                    found[reference] = STAND_INS.get(field, STAND_IN)
    return found


def secrets_of(source, dump):
    """Texts that the document holds in fields which are written as references."""
    sensitive = {
        (owner["component_type"], field)
        for owner in objects_in(dump)
        if "component_type" in owner
        for field, value in owner.items()
        if isinstance(value, dict) and str(value.get(REF, "")).endswith(f".{field}")
    }
    sensitive |= {(ty, field) for ty, fields in LEAKED_SECRETS.items() for field in fields}
    for owner in objects_in(source):
        for field, value in owner.items():
            if (owner.get("component_type"), field) in sensitive:
                if isinstance(value, str) and value:
                    yield value
                elif isinstance(value, dict) and REF not in value:
                    yield from (text for text in value.values() if isinstance(text, str) and text)


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

    def __init__(self, source, wanted, found, secrets):
        self.secrets = secrets
        ids = (owner["id"] for owner in objects_in(source) if "component_type" in owner and "id" in owner)
        self.stated_ids = {one for one in ids if isinstance(one, str)}
        self.stated_times = {owner[key] for owner in objects_in(source) for key in TIMES & set(owner)}
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
        # In Python True equals 1 and 1.0, in JSON it does not.
        same = wanted == found and type(wanted) is type(found)
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
        wanted, found = fields_of(wanted), fields_of(found)
        for field in () if self.secrets else LEAKED_SECRETS.get(wanted["component_type"], ()):
            if wanted.get(field) and found.get(field) == STAND_IN:
                del wanted[field], found[field]
        return self.object_difference(wanted, found, path)

    def object_difference(self, wanted, found, path):
        for key in wanted:
            if key not in found:
                return f"{path}.{key}: is gone, was {short(wanted[key])}"
        for key in found:
            if key not in wanted:
                return f"{path}.{key}: is new, {short(found[key])}"
        for key in wanted:
            if key in TIMES and wanted[key] not in self.stated_times:
                continue
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
    fields = {key: value for key, value in component.items() if key not in {"id", DEFINITIONS} | BOOKKEEPING}
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
    sys.exit(main(sys.argv[1:]))
