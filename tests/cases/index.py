"""Where the thirty cases and the traces of the specification (semantics.md C and C2) are tested."""

CASES: dict[str, tuple[str, ...]] = {
    # -- whose message is meant
    "C1": (
        "protocols/xmpp/test_forged.py::test_a_correction_names_no_message_by_the_id_of_the_room",
        "protocols/xmpp/muc/test_hearing.py::"
        "test_a_correction_means_the_first_version_also_by_way_of_another",
        "cases/test_forgeries.py::test_on_xmpp",
    ),
    "C2": (
        "protocols/xmpp/test_forged.py::test_a_correction_is_only_ever_of_ones_own_message",
        "protocols/xmpp/muc/test_versions.py::"
        "test_the_same_id_of_another_sender_is_another_message",
        "protocols/xmpp/muc/test_reading.py::test_two_occupants_with_one_id_have_two_ids",
    ),
    "C4": (
        "protocols/xmpp/test_forged.py::test_no_occupant_is_the_room",
        "protocols/xmpp/muc/test_hearing.py::test_only_the_room_itself_moderates",
        "cases/test_forgeries.py::test_on_xmpp",
    ),
    # -- reactions
    "C5": (
        "cases/test_reactions.py::test_a_full_set_shrinks_one_by_one_and_a_repeated_one_is_silent",
        "core/test_reactions.py::test_a_set_is_said_as_its_differences",
    ),
    "C7": ("cases/test_reactions.py::test_a_reaction_is_taken_away_after_a_restart",),
    "C8": (
        "cases/test_reactions.py::test_a_variation_selector_is_no_other_reaction",
        "core/test_reactions.py::test_a_variation_selector_makes_no_difference",
    ),
    # -- answers and threads
    "C9": (
        "protocols/xmpp/test_forged.py::test_a_range_hides_nothing_but_a_quote",
        "protocols/xmpp/muc/test_reading.py::test_a_wrong_range_of_a_quote_keeps_the_text_whole",
        "protocols/xmpp/muc/test_hearing.py::"
        "test_an_answer_names_what_it_answers_and_its_quote_is_cut",
    ),
    "C10": (
        "protocols/xmpp/muc/test_hearing.py::test_an_answer_names_what_it_answers_and_its_quote_is_cut",
        "protocols/xmpp/muc/test_reading.py::test_what_was_said_is_understood",
    ),
    "C11": (
        "protocols/matrix/test_decode.py::test_an_answer_is_parted_from_the_quotation_before_it",
    ),
    "C12": (
        "protocols/matrix/test_amend.py::test_a_thread_is_one_where_the_homeserver_allows_it",
        "protocols/matrix/test_speech.py::test_a_message_leaves_its_thread_under_the_same_name",
    ),
    # -- lines of IRC
    "C13": (
        "cases/test_lines.py::test_an_edit_of_several_lines_and_their_redaction",
        "protocols/irc/test_acts.py::test_a_message_is_removed_by_whoever_may",
    ),
    "C14": (
        "protocols/irc/test_split.py::test_400_umlauts_and_a_mask_of_180_bytes_fit_as_relayed",
        "protocols/irc/test_delivery.py::test_long_lines_arrive_whole_on_somebody_elses_screen",
        "protocols/irc/test_split.py::test_codes_are_whole_and_open_again_on_each_line",
        "protocols/irc/test_split.py::test_nothing_is_lost_and_no_cluster_is_cut",
    ),
    "C15": (
        "protocols/irc/test_delivery.py::test_long_lines_arrive_whole_on_somebody_elses_screen",
    ),
    "C16": (
        "protocols/irc/test_delivery.py::test_nothing_is_injected",
        "live/test_nasty_texts.py::test_every_text_from_everywhere_leaves_the_bridge_alive",
    ),
    "C17": (
        "protocols/irc/test_tags.py::test_a_reaction_is_read_as_it_was_written",
        "protocols/irc/test_encode.py::test_tag_values_are_escaped_and_limited",
        "protocols/irc/test_encode.py::test_tag_values_come_back_as_they_were",
        "cases/test_forgeries.py::test_on_irc",
    ),
    # -- once and only once
    "C18": (
        "protocols/matrix/test_delivery.py::"
        "test_our_own_event_that_is_pushed_after_a_crash_is_a_confirmation",
        "protocols/matrix/test_delivery.py::"
        "test_a_message_in_doubt_is_found_in_the_room_if_nobody_remembers_it",
        "live/test_kills.py::test_the_daemon_is_killed_at_random_moments_under_load",
    ),
    # -- people
    "C22": (
        "protocols/irc/test_arrivals.py::test_a_change_of_host_and_a_kick_are_told_as_what_they_are",
        "protocols/irc/test_roster.py::test_who_comes_back_within_the_moment_was_never_gone",
    ),
    "C24": (
        "protocols/irc/test_casemap.py::test_names_are_folded_as_the_server_says",
        "protocols/irc/test_view.py::test_another_casemapping_rekeys_channels_and_people",
        "protocols/irc/test_identity.py::test_another_casemapping_rekeys_everybody",
    ),
    # -- rooms
    "C26": (
        "protocols/irc/test_network.py::test_a_topic_goes_out_cut_and_does_not_come_back",
        "protocols/irc/test_channel.py::"
        "test_a_topic_always_fits_and_stays_as_it_is_when_fitted_again",
        "core/test_decide.py::test_the_newest_topic_wins_and_no_topic_is_told_twice",
    ),
    "C29": (
        "cases/test_media.py::test_a_retracted_picture_is_gone_everywhere",
        "web/test_media.py::test_a_file_that_was_taken_back_is_gone_within_a_second",
    ),
    # -- the traces
    "T1": ("cases/test_traces.py::test_t1_a_message_and_its_ids",),
    "T2": ("cases/test_traces.py::test_t2_an_answer_with_a_mention",),
    "T3": ("cases/test_traces.py::test_t3_a_correction",),
    "T4": ("cases/test_traces.py::test_t4_reactions",),
    "T5": ("cases/test_traces.py::test_t5_a_retraction",),
    "T6": ("cases/test_traces.py::test_t6_a_moderator_removes_what_somebody_said_elsewhere",),
    "T7": ("cases/test_media.py::test_t7_a_picture_with_a_caption",),
    "T8": ("cases/test_traces.py::test_t8_two_people_of_one_name",),
    "T9": (
        "live/test_rooms.py::test_who_speaks_into_a_moderated_channel_is_told_on_their_own_network",
    ),
}
"""By number, the tests, beginning below ``tests/``."""

LATER: dict[str, tuple[int, str]] = {
    "C3": (3, "a room we host replaces forged ids"),
    "C19": (3, "thirty connections of our users hear one line once"),
    "C20": (3, "somebody writes to themselves"),
    "C21": (3, "a netsplit's presences in a hosted room"),
    "C23": (3, "a nick is taken in the middle of a private conversation"),
    "C25": (3, "another nick in the second channel of a network"),
    "C28": (4, "histories of all networks are stitched"),
    "T10": (4, "what was missed comes with its own time"),
    "C6": (5, "one human with two linked accounts reacts twice"),
    "C27": (5, "a room is upgraded"),
    "C30": (5, "a room becomes encrypted"),
}
"""What belongs to a later step of the work, by its number; the tombstones of C29 and T5 to 4."""
PARTS: dict[str, tuple[str, ...]] = {
    "C3": (
        "protocols/xmpp/test_forged.py::test_ids_that_others_made_up_are_no_ids_of_the_room",
        "protocols/xmpp/test_forged.py::test_nobody_speaks_with_the_occupant_id_of_another",
    ),
    "C21": (
        "protocols/irc/test_roster.py::test_a_netsplit_of_3000_is_one_change",
        "engine/test_people.py::test_a_netsplit_moves_nobody",
    ),
    "C30": (
        "protocols/matrix/test_visits.py::test_an_encrypted_room_is_refused_with_one_explanation",
    ),
}
"""What of those there is already."""
