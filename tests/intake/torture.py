"""JSON meant to break a reader, by its own names: y_ is taken, n_ is refused as malformed, i_ is what this desk decided.

Each fragment stands where a transcript stands in an otherwise good report; a document is a whole body. Written for this
desk; the idea of the names is JSONTestSuite's.
"""

from collections.abc import Iterator

from tests.intake.reports import as_bytes, report

QUEUED = "queued"
REVIEW = "needs_review"
QUARANTINED = "quarantined"
IGNORED = "ignored"
MALFORMED = "malformed"

_MARK = b'"@@@"'
_DEEPEST_BESIDE = 18  # The report around a fragment is two levels deep itself; 20 are read.

# Fragments that are JSON: a caller's report is not lost over what stands beside it.
TAKEN: dict[str, bytes] = {
    "y_null": b"null",
    "y_true": b"true",
    "y_zero": b"0",
    "y_minus_zero": b"-0",
    "y_minus_zero_point": b"-0.0",
    "y_fraction": b"0.1e-7",
    "y_exponent_with_a_sign": b"1E+2",
    "y_small_beyond_a_double": b"1e-400",
    "y_large_beyond_a_double": b"1e400",
    "y_exponent_of_many_digits": b"1e" + b"9" * 400,
    "y_exponent_of_many_zeros": b"1e" + b"0" * 5000 + b"1",
    "y_integer_of_20_digits": b"12345678901234567890",
    "y_integer_of_5000_digits": b"9" * 5000,
    "y_integer_of_a_megabyte": b"7" * 1_000_000,
    "y_fraction_of_a_megabyte": b"0." + b"3" * 1_000_000,
    "y_empty_text": b'""',
    "y_every_escape": rb'"\"\\\/\b\f\n\r\t"',
    "y_escaped_nul": rb'"\u0000"',
    "y_escaped_control": rb'"\u001f"',
    "y_raw_delete": b'"\x7f"',
    "y_surrogate_pair": rb'"\ud83d\ude00"',
    "y_high_surrogate_alone": rb'"\ud800"',
    "y_low_surrogate_alone": rb'"\udfff"',
    "y_surrogates_the_wrong_way_round": rb'"\ude00\ud83d"',
    "y_surrogate_before_an_escape": rb'"\ud800\n"',
    "y_noncharacter": '"\uffff\ufdd0"'.encode(),
    "y_line_separator": '"\u2028\u2029"'.encode(),
    "y_right_to_left": '"\u202eanaD\u202c"'.encode(),
    "y_zero_width": '"\u200b\u2060\ufeff"'.encode(),
    "y_combining_marks": ('"e' + "\u0301" * 500 + '"').encode(),
    "y_astral": '"\U0001d53b\U0001f3e5"'.encode(),
    "y_brackets_in_a_text": b'"' + b"[{" * 5000 + b'"',
    "y_escaped_quote_before_brackets": rb'"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[["',
    "y_text_of_a_megabyte": b'"' + b"x" * 1_000_000 + b'"',
    "y_escapes_of_a_megabyte": b'"' + rb"\u0041" * 170_000 + b'"',
    "y_empty_list": b"[]",
    "y_empty_object": b"{}",
    "y_list_of_everything": rb'[null,true,-1.5e3,"\u00e9",{"a":[]}]',
    "y_list_of_100000": b"[" + b",".join([b"0"] * 100_000) + b"]",
    "y_object_of_20000": b"{" + b",".join(b'"k%d":0' % number for number in range(20_000)) + b"}",
    "y_as_deep_as_is_read": b"[" * _DEEPEST_BESIDE + b"]" * _DEEPEST_BESIDE,
    "y_white_space": b" \t\r\n [ \t\r\n ] \t\r\n",
    "y_empty_key": b'{"":0}',
    "y_key_with_nul": rb'{"\u0000":0}',
    "y_key_with_a_surrogate": rb'{"\ud800":0}',
    "y_keys_of_python": b'{"__proto__":{},"__class__":0,"constructor":{"prototype":0},"__init__":[]}',
    "i_key_twice_beside_the_request": b'{"a":1,"a":2}',
    "i_key_twice_by_escape": rb'{"a":1,"\u0061":2}',
    "i_percent_and_braces": b'"%s {0} {{x}} ${y} #{z}"',
    "i_markup": b'"<script>alert(1)</script>\\u0026lt;"',
    "i_sql": b'"\'; DROP TABLE intake_delivery; --"',
}

# Fragments that are no JSON.
REFUSED: dict[str, bytes] = {
    "n_nothing": b"",
    "n_single_quotes": b"'a'",
    "n_bare_word": b"a",
    "n_nan": b"NaN",
    "n_minus_nan": b"-NaN",
    "n_infinity": b"Infinity",
    "n_minus_infinity": b"-Infinity",
    "n_capital_true": b"True",
    "n_half_a_literal": b"nul",
    "n_literal_and_more": b"nulll",
    "n_plus": b"+1",
    "n_minus_alone": b"-",
    "n_two_minuses": b"--1",
    "n_leading_zero": b"01",
    "n_leading_zero_negative": b"-01",
    "n_point_first": b".5",
    "n_point_last": b"5.",
    "n_point_before_exponent": b"1.e1",
    "n_exponent_alone": b"1e",
    "n_exponent_sign_alone": b"1e+",
    "n_two_exponents": b"1e1e1",
    "n_two_points": b"1.2.3",
    "n_hexadecimal": b"0x1F",
    "n_octal": b"0o17",
    "n_underscore": b"1_000",
    "n_suffix": b"1n",
    "n_full_width_digit": "\uff11".encode(),
    "n_arabic_digit": "\u0663".encode(),
    "n_two_values": b"1 2",
    "n_unended_text": b'"a',
    "n_escape_at_the_end": b'"a\\',
    "n_escape_x": rb'"\x41"',
    "n_escape_zero": rb'"\0"',
    "n_escape_quote": rb'"\'"',
    "n_escape_upper_u": rb'"\U0041"',
    "n_escape_three_digits": rb'"\u004"',
    "n_escape_not_hexadecimal": rb'"\u00g1"',
    "n_escape_sign": rb'"\u+041"',
    "n_escape_space": rb'"\u 041"',
    "n_raw_nul": b'"a\x00"',
    "n_raw_new_line": b'"a\nb"',
    "n_raw_tab": b'"a\tb"',
    "n_raw_escape": b'"\x1b[2J"',
    "n_byte_order_mark_inside": b"\xef\xbb\xbf1",
    "n_form_feed": b"\x0c1",
    "n_vertical_tab": b"\x0b1",
    "n_no_break_space": "\u00a01".encode(),
    "n_ideographic_space": "\u30001".encode(),
    "n_comment_line": b"1//x",
    "n_comment": b"/**/1",
    "n_comment_hash": b"1#x",
    "n_list_unended": b"[1",
    "n_list_unbegun": b"1]",
    "n_list_trailing_comma": b"[1,]",
    "n_list_leading_comma": b"[,1]",
    "n_list_two_commas": b"[1,,2]",
    "n_list_comma_alone": b"[,]",
    "n_list_no_comma": b"[1 2]",
    "n_list_colon": b"[1:2]",
    "n_list_closed_by_a_brace": b"[1}",
    "n_object_unended": b'{"a":1',
    "n_object_trailing_comma": b'{"a":1,}',
    "n_object_leading_comma": b'{,"a":1}',
    "n_object_no_colon": b'{"a" 1}',
    "n_object_two_colons": b'{"a"::1}',
    "n_object_no_value": b'{"a":}',
    "n_object_no_key": b"{:1}",
    "n_object_bare_key": b"{a:1}",
    "n_object_single_quotes": b"{'a':1}",
    "n_object_number_key": b"{1:1}",
    "n_object_null_key": b"{null:1}",
    "n_object_closed_by_a_bracket": b'{"a":1]',
    "n_object_semicolon": b'{"a":1;"b":2}',
    "n_object_equals": b'{"a"=1}',
    "n_latin_1": b'"Jos\xe9"',
    "n_lone_continuation": b'"\x80"',
    "n_truncated_utf8": b'"\xe2\x82"',
    "n_overlong_slash": b'"\xc0\xaf"',
    "n_overlong_nul": b'"\xc0\x80"',
    "n_surrogate_in_utf8": b'"\xed\xa0\x80"',
    "n_beyond_unicode": b'"\xf4\x90\x80\x80"',
    "n_byte_fe": b'"\xfe"',
    "n_one_level_too_deep": b"[" * (_DEEPEST_BESIDE + 1) + b"]" * (_DEEPEST_BESIDE + 1),
    "n_objects_too_deep": b'{"a":' * 1000 + b"0" + b"}" * 1000,
    "n_100000_open_lists": b"[" * 100_000,
    "n_100000_open_objects": b'{"":' * 100_000,
    "n_lists_and_objects_in_turn": b'[{"":' * 50_000,
    "n_hidden_from_a_careless_count": b'"\\\\"' + b"[" * 1000,
    "n_pickle": b"\x80\x04N.",
    "n_yaml": b"a: 1",
    "n_python": b"{'a': (1,)}",
    "n_xml": b"<a/>",
}

_GOOD = as_bytes(report(call_id="call-torture"))

# Whole bodies, and what is answered.
DOCUMENTS: dict[str, tuple[bytes, str]] = {
    "y_white_space_around": (b"\r\n\t " + _GOOD + b"\n\n", QUEUED),
    "y_empty_object": (b"{}", IGNORED),
    "y_message_is_null": (b'{"message":null}', IGNORED),
    "y_message_is_a_list": (b'{"message":[{"type":"end-of-call-report"}]}', IGNORED),
    "y_type_is_an_object": (b'{"message":{"type":{"$ne":""}}}', IGNORED),
    "i_message_in_a_message": (b'{"message":{"message":{"type":"end-of-call-report"}}}', IGNORED),
    "i_two_messages_in_one_object": (b'{"message":{"type":"hang"},"message":{"type":"hang"}}', IGNORED),
    "i_report_that_says_nothing": (b'{"message":{"type":"end-of-call-report"}}', REVIEW),
    "n_white_space_alone": (b" \n\t", MALFORMED),
    "n_null": (b"null", MALFORMED),
    "n_number": (b"1", MALFORMED),
    "n_text": (b'"message"', MALFORMED),
    "n_list": (b"[{}]", MALFORMED),
    "n_two_documents": (b"{}{}", MALFORMED),
    "n_two_lines": (b"{}\n{}", MALFORMED),
    "n_more_after_it": (_GOOD + b"]", MALFORMED),
    "n_nul_after_it": (_GOOD + b"\0", MALFORMED),
    "n_nul_before_it": (b"\0" + _GOOD, MALFORMED),
    "n_guard_of_a_browser": (b")]}',\n" + _GOOD, MALFORMED),
    "n_form": (b"message=" + _GOOD, MALFORMED),
    "n_byte_order_mark": (b"\xef\xbb\xbf" + _GOOD, MALFORMED),
    "n_utf16_with_mark": (_GOOD.decode().encode("utf-16"), MALFORMED),
    "n_utf16_little": (_GOOD.decode().encode("utf-16-le"), MALFORMED),
    "n_utf16_big": (_GOOD.decode().encode("utf-16-be"), MALFORMED),
    "n_utf32": (_GOOD.decode().encode("utf-32"), MALFORMED),
    "n_utf7": (_GOOD.replace(b'"', b"+ACI-"), MALFORMED),
    "n_ebcdic": (_GOOD.decode().encode("cp037"), MALFORMED),
    "n_2000_brackets": (b"[" * 1000 + b"]" * 1000, MALFORMED),
    "n_a_number_given_twice": (
        b'{"type":"structured-data-extracted","structuredData":{"callbackNumber":"+12025550143","callbackNumber":"1"}}',
        MALFORMED,
    ),
    "n_a_name_given_twice_by_escape": (
        rb'{"type":"structured-data-extracted","structuredData":{"patientFirstName":"Dana","p\u0061tientFirstName":"X"}}',
        MALFORMED,
    ),
    "n_a_key_given_twice_further_in": (
        b'{"message":{"type":"end-of-call-report","artifact":{"structuredOutputs":{"1":{"result":{"a":{"b":1,"b":2}}}}}}}',
        MALFORMED,
    ),
}

# What a caller's answer may hold: taken for a look, never lost; what the screen finds is dropped.
ANSWERS: dict[str, tuple[bytes, str]] = {
    "i_nul_in_a_name": (rb'"Da\u0000na"', REVIEW),
    "i_surrogate_in_a_name": (rb'"Dana\ud800"', REVIEW),
    "i_number_beyond_a_double_as_a_name": (b"1e400", REVIEW),
    "i_integer_of_5000_digits_as_a_name": (b"9" * 5000, REVIEW),
    "i_object_as_a_name": (b'{"toString":"Dana"}', REVIEW),
    "i_list_as_a_name": (b'["Dana"]', REVIEW),
    "i_markup_as_a_name": (b'"<img src=x onerror=alert(1)>"', REVIEW),
    "i_format_as_a_name": (b'"{0.__class__}"', REVIEW),
    "i_new_line_in_a_name": (rb'"Dana\nFAKE LOG LINE"', REVIEW),
    "i_terminal_escape_in_a_name": (rb'"\u001b[2JDana"', REVIEW),
    "i_right_to_left_in_a_name": ('"Dana\u202e"'.encode(), REVIEW),
    "i_name_of_a_megabyte": (b'"' + b"D" * 1_000_000 + b'"', QUARANTINED),
    "y_name_of_another_script": ('"\u660e"'.encode(), QUEUED),
    "y_name_with_an_accent_of_its_own": ('"Jose\u0301"'.encode(), QUEUED),
}


def in_a_report(fragment: bytes, number: int, *, beside: bool) -> bytes:
    """A good report with the fragment beside the caller's answers, or as the name the caller gave."""
    message = report(call_id=f"call-torture-{number}", **({} if beside else {"patientFirstName": "@@@"}))
    if beside:
        message["message"]["transcript"] = "@@@"
    return as_bytes(message).replace(_MARK, fragment)


def _broken_off(pieces: int) -> Iterator[tuple[str, bytes]]:
    for piece in range(pieces):
        cut = 1 + piece * (len(_GOOD) - 2) // (pieces - 1)
        yield f"n_broken_off_after_{cut}", _GOOD[:cut]


# A good report that broke off, at places spread over it.
BROKEN_OFF = dict(_broken_off(120))
