"""Which drifts are made on a host at once: all alone, or as many as tell nothing of each other."""

# Of these kinds all that comes behind them depends, so that other findings would follow from theirs.
ALONE = (
    "package.installed",
    "unit.enabled",
    "unit.active",
    "unit_socket.exists",
)
MOST = 5


def alone(drifts):
    """A case for each drift."""
    return [[drift] for drift in drifts]


def together(drifts):
    """As few cases as hold all drifts, of which no two in one are of the same kind."""
    cases = []
    for drift in drifts:
        fitting = (case for case in cases if _fits(drift, case))
        case = None if drift.check in ALONE else next(fitting, None)
        if case is None:
            cases.append([drift])
        else:
            case.append(drift)
    return cases


def _fits(drift, case):
    kinds = {each.check.partition(".")[0] for each in case}
    is_open = len(case) < MOST and case[0].check not in ALONE
    return is_open and drift.check.partition(".")[0] not in kinds
