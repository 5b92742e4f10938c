"""Prints what NVIDIA's own ncu-report wheel reads from the reports named, as JSON lines: an oracle for tests, not part of the product."""
import json
import math
import sys

import ncu_report


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


for path in sys.argv[1:]:
    report = ncu_report.load_report(path)
    actions = []
    for r in range(report.num_ranges()):
        part = report.range_by_idx(r)
        for a in range(part.num_actions()):
            action = part.action_by_idx(a)
            metrics = {}
            units = {}
            for name in action.metric_names():
                metric = action.metric_by_name(name)
                metrics[name] = number(metric.value()) if metric.has_value() else None
                units[name] = metric.unit()
            actions.append({
                "function": action.name(action.NameBase_FUNCTION),
                "demangled": action.name(action.NameBase_DEMANGLED),
                "mangled": action.name(action.NameBase_MANGLED),
                "metrics": metrics,
                "units": units,
                "rules": action.rule_results_as_dicts(),
            })
    print(json.dumps({"path": path, "actions": actions}))
