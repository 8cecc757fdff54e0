"""Words of EPCIS 2.0 and the Core Business Vocabulary 2.0, and what its units measure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EVENT_TYPES = frozenset(
    {"ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"}
)

ACTIONLESS = frozenset({"TransformationEvent"})
"""Event types that have no action."""

_COMMON = frozenset(
    {
        "type", "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "certificationInfo",
        "errorDeclaration", "bizStep", "disposition", "readPoint", "bizLocation", "bizTransactionList",
        "sourceList", "destinationList", "sensorElementList",
    }
)  # fmt: skip

_CONTAINED = frozenset({"parentID", "childEPCs", "childQuantityList", "action"})

EVENT_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ObjectEvent": _COMMON | {"action", "epcList", "quantityList", "persistentDisposition", "ilmd"},
        "AggregationEvent": _COMMON | _CONTAINED,
        "AssociationEvent": _COMMON | _CONTAINED,
        "TransactionEvent": _COMMON | {"action", "parentID", "epcList", "quantityList"},
        "TransformationEvent": _COMMON
        | {
            "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList",
            "transformationID", "persistentDisposition", "ilmd",
        },
    }
)  # fmt: skip
"""Event type -> the fields the standard gives it."""

BIZ_STEPS = frozenset(
    {
        "accepting", "arriving", "assembling", "collecting", "commissioning", "consigning",
        "creating_class_instance", "cycle_counting", "decommissioning", "departing", "destroying",
        "disassembling", "dispensing", "encoding", "entering_exiting", "holding", "inspecting",
        "installing", "killing", "loading", "other", "packing", "picking", "receiving", "removing",
        "repackaging", "repairing", "replacing", "reserving", "retail_selling", "sampling",
        "sensor_reporting", "shipping", "staging_outbound", "stock_taking", "stocking", "storing",
        "transporting", "unloading", "unpacking", "void_shipping",
    }
)  # fmt: skip

DISPOSITIONS = frozenset(
    {
        "active", "available", "completeness_inferred", "completeness_verified", "conformant",
        "container_closed", "container_open", "damaged", "destroyed", "dispensed", "disposed", "encoded",
        "expired", "in_progress", "in_transit", "inactive", "mismatch_class", "mismatch_instance",
        "mismatch_quantity", "needs_replacement", "no_pedigree_match", "non_conformant",
        "non_sellable_other", "partially_dispensed", "recalled", "reserved", "retail_sold", "returned",
        "sellable_accessible", "sellable_not_accessible", "stolen", "unavailable", "unknown",
    }
)  # fmt: skip

REASONS = frozenset({"did_not_occur", "incorrect_data"})

WORD_ROOTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bizStep": ("https://ref.gs1.org/cbv/BizStep-", "cbv:BizStep-", "urn:epcglobal:cbv:bizstep:"),
        "disposition": ("https://ref.gs1.org/cbv/Disp-", "cbv:Disp-", "urn:epcglobal:cbv:disp:"),
        "reason": ("https://ref.gs1.org/cbv/ER-", "cbv:ER-", "urn:epcglobal:cbv:er:"),
    }
)
"""Field -> the roots under which GS1's own words stand in full; nobody else may coin words there."""

MEASURE_ROOTS = ("https://gs1.org/voc/", "gs1:")
"""Roots under which GS1's own measurement types stand in full."""

KNOWN_PREFIXES = frozenset({"epcis", "cbv", "cbvmda", "gs1", "rdfs", "owl", "xsd", "dcterms"})
"""Prefixes the standard's own context declares."""

UNITLESS = frozenset({"Dimensionless", "Count"})

UNIT_MEASURES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "CEL": frozenset({"Temperature"}),
        "FAH": frozenset({"Temperature"}),
        "KEL": frozenset({"Temperature"}),
        "KGM": frozenset({"Mass"}),
        "GRM": frozenset({"Mass"}),
        "MGM": frozenset({"Mass"}),
        "TNE": frozenset({"Mass"}),
        "LBR": frozenset({"Mass"}),
        "PAL": frozenset({"Pressure"}),
        "KPA": frozenset({"Pressure"}),
        "BAR": frozenset({"Pressure"}),
        "MBR": frozenset({"Pressure"}),
        "MTR": frozenset({"Length", "Altitude"}),
        "KMT": frozenset({"Length", "Altitude"}),
        "CMT": frozenset({"Length", "Altitude"}),
        "MMT": frozenset({"Length", "Altitude"}),
        "MTS": frozenset({"Speed"}),
        "KMH": frozenset({"Speed"}),
        "MSK": frozenset({"Acceleration"}),
        "SEC": frozenset({"Time"}),
        "MIN": frozenset({"Time"}),
        "HUR": frozenset({"Time"}),
        "DAY": frozenset({"Time"}),
        "WTT": frozenset({"Power", "RadiantFlux"}),
        "KWT": frozenset({"Power", "RadiantFlux"}),
        "VLT": frozenset({"Voltage"}),
        "AMP": frozenset({"ElectricCurrent"}),
        "LTR": frozenset({"Volume"}),
        "MLT": frozenset({"Volume"}),
        "MTQ": frozenset({"Volume"}),
        "LUX": frozenset({"Illuminance"}),
        "A93": frozenset({"AbsoluteHumidity", "Density", "MassConcentration"}),
        "DD": frozenset({"Angle"}),
    }
)
"""Common code of a unit (UN/CEFACT Recommendation 20) -> what it can measure."""

LEAST_VALUE: Mapping[tuple[str, str], float] = MappingProxyType(
    {
        ("Temperature", "CEL"): -273.15,
        ("Temperature", "FAH"): -459.67,
        ("Temperature", "KEL"): 0.0,
        ("Mass", ""): 0.0,
        ("AbsoluteHumidity", ""): 0.0,
        ("RelativeHumidity", ""): 0.0,
        ("Illuminance", ""): 0.0,
        ("Count", ""): 0.0,
    }
)
"""Measurement type and unit ("" for any) -> the least value nature allows."""

MOST_VALUE: Mapping[tuple[str, str], float] = MappingProxyType({("RelativeHumidity", "P1"): 100.0})

MASS_IN_KG: Mapping[str, float] = MappingProxyType(
    {"KGM": 1.0, "GRM": 1e-3, "MGM": 1e-6, "TNE": 1e3, "LBR": 0.45359237}
)
