"""Checked access to the fields of a request; what is wrong is said in a sentence that names the field."""

import difflib

from .errors import ApiError


def near(name, known, most=3):
    """`, did you mean a, b?` with the known names that are near, or nothing."""
    folded = {each.lower(): each for each in known}
    found = difflib.get_close_matches(str(name).lower(), folded, n=most, cutoff=0.5)
    return f"; did you mean {', '.join(folded[each] for each in found)}?" if found else ""


class Fields:
    """The fields of a JSON object or, `from_form`, of a form, where every value is text and empty text means absent.

    JSON's null means absent. Every method takes the field's name and a default; without a default the field is required.
    """

    REQUIRED = object()

    def __init__(self, values, from_form=False):
        self.from_form = from_form
        self.values = {name: value for name, value in values.items() if value is not None and not (from_form and value == "")}

    def get(self, name, default=REQUIRED):
        value = self.values.get(name, default)
        if value is self.REQUIRED:
            raise ApiError(f"{name} is missing", param=name, code="missing_required_parameter")
        return value

    def text(self, name, default=REQUIRED):
        value = self.get(name, default)
        if value is not default and not isinstance(value, str):
            raise ApiError(f"{name} must be a string", param=name, code="invalid_type")
        return value

    def number(self, name, low, high, default=REQUIRED, whole=False):
        """A number in low … high; an int if `whole`."""
        value = self.get(name, default)
        if value is default:
            return value
        try:
            if isinstance(value, bool) or not (self.from_form or isinstance(value, (int, float))):
                raise ValueError
            number = int(value) if whole else float(value)
            if whole and float(value) != number:
                raise ValueError
        except (ValueError, OverflowError):
            kind = "a whole number" if whole else "a number"
            raise ApiError(f"{name} must be {kind}", param=name, code="invalid_type") from None
        if not low <= number <= high:
            raise ApiError(f"{name} must be between {low} and {high}", param=name, code="invalid_value")
        return number

    def choice(self, name, allowed, default=REQUIRED):
        value = self.text(name, default)
        if value is not default and value not in allowed:
            raise ApiError(f"{name} {value!r} is unknown; it can be {', '.join(allowed)}", param=name, code="invalid_value")
        return value

    def flag(self, name, default=False):
        value = self.get(name, default)
        if self.from_form and isinstance(value, str):
            value = {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
        if not isinstance(value, bool):
            raise ApiError(f"{name} must be true or false", param=name, code="invalid_type")
        return value
