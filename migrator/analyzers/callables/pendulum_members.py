"""What pendulum's dates have, and what lies between two of them, that Python's own have not."""

METHODS = frozenset(
    {
        *("add", "at", "average", "closest", "diff", "diff_for_humans", "end_of", "farthest", "first_of", "format"),
        *("get_offset", "in_timezone", "in_tz", "is_anniversary", "is_birthday", "is_dst", "is_future", "is_leap_year"),
        *("is_local", "is_long_year", "is_past", "is_same_day", "is_utc", "last_of", "naive", "next", "nth_of", "on"),
        *("previous", "set", "start_of", "subtract", "to_atom_string", "to_cookie_string", "to_date_string"),
        *("to_datetime_string", "to_day_datetime_string", "to_formatted_date_string", "to_iso8601_string"),
        *("to_rfc1036_string", "to_rfc1123_string", "to_rfc2822_string", "to_rfc3339_string", "to_rfc822_string"),
        *("to_rfc850_string", "to_rss_string", "to_time_string", "to_w3c_string"),
        # of the time between two dates
        *("as_duration", "as_timedelta", "in_days", "in_hours", "in_minutes", "in_months", "in_seconds", "in_weeks"),
        *("in_words", "in_years", "range", "total_days", "total_hours", "total_minutes", "total_weeks"),
    }
)
COMMON_METHODS = frozenset({"add", "at", "average", "format", "naive", "next", "on", "previous", "range", "set"})
"""Those that many other objects have, too."""
ATTRIBUTES = frozenset(
    {
        *("age", "day_of_week", "day_of_year", "days_in_month", "float_timestamp", "int_timestamp", "offset"),
        *("offset_hours", "quarter", "timezone", "timezone_name", "tz", "week_of_month", "week_of_year"),
        # of the time between two dates
        *("end", "hours", "invert", "minutes", "months", "remaining_days", "remaining_seconds", "start", "weeks"),
        "years",
    }
)
