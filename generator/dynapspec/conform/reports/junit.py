"""A run as JUnit XML, which build servers show."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from dynapspec.conform.outcome import Played, Report
from dynapspec.conform.reports.text import chain_lines

# What JUnit knows: a failure is a wrong answer, an error is none at all.
_TAGS = {"wrong": "failure", "refused": "failure", "crashed": "error", "timed out": "error"}


def as_junit(report: Report) -> str:
    """The run as the text of an XML file; a known failure counts as skipped, a mended one as a failure."""
    root = Xml.Element("testsuites", name=f"{report.implementation} {report.version}")
    files: dict[str, list[Played]] = {}
    for one in report.played:
        files.setdefault(one.file, []).append(one)
    for name, cases in files.items():
        suite = Xml.SubElement(root, "testsuite", name=name)
        for one in cases:
            _case(suite, report, one)
        _count(suite)
    if report.errors:
        suite = Xml.SubElement(root, "testsuite", name="run")
        for error in report.errors:
            case = Xml.SubElement(suite, "testcase", classname="run", name=error)
            Xml.SubElement(case, "error", message=error)
        _count(suite)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: Xml.Element, report: Report, one: Played) -> None:
    classname = one.file.replace("/", ".")
    case = Xml.SubElement(suite, "testcase", classname=classname, name=one.id, time=f"{one.seconds:.4f}")
    told = "; ".join(one.details)
    if one.kind == "skipped":
        Xml.SubElement(case, "skipped", message=told)
    elif one.failed and one.known is not None:
        Xml.SubElement(case, "skipped", message=f"known failure: {one.known}")
    elif one.failed:
        element = Xml.SubElement(case, _TAGS[one.kind], message=f"{one.kind}: {told}", type=one.kind)
        element.text = "\n".join(chain_lines(report, one))
    elif one.known is not None:
        Xml.SubElement(case, "failure", message=f"passes, and was known to fail: {one.known}", type="mended")


def _count(suite: Xml.Element) -> None:
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
