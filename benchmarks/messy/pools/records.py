"""
What machines and offices set around a text: banners, invitations, reports, exports, minutes.

``||`` parts a key from its value.
"""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "banner": lines("""
        [EXTERNAL] This message comes from outside the organisation. Do not click on links you do not trust.
        CAUTION: External sender. Verify before you open attachments.
        ⚠ You don't often get email from {my_mail}.
        *** EXTERNAL MAIL - THINK BEFORE YOU CLICK ***
        This sender is not in your address book.
        {box_firm} IT: this mail was sent by somebody who is not a member of staff.
        [SUSPECTED SPAM, score ~.~]
        ** Scanned by {noun}Guard, no threats found **
        Machine translation. The original may differ in tone.
        This text was translated automatically from {survey_language} into English.
        Translated by {noun} Translate · Show original · Rate this translation
        [Released from quarantine on {date} by {first} {last}]
        Images in this message were not loaded.
        This message was sent with high importance.
        Sensitivity: internal
        -- encrypted message decrypted by gateway gw~.{box_site} --
        Attachment removed: image00~.png (~~ kB)
        Delivered to shared mailbox: {box_service_mail}
    """),
    "robot": lines("""
        This is an automatic reply. I am out of the office until {date} and read mails only now and then.
        I am on annual leave from {day} to {day}. {first} {last} is standing in for me.
        Auto-reply: thank you for your mail, our office is closed over the holidays.
        I am currently on parental leave and return in {month} {year}.
        The address {my_mail} will be switched off at the end of {month}.
        My working days are {day} and {day}.
        Delivery to {box_service_mail} was delayed by several hours.
        Undelivered copy returned to sender: mailbox full (5.2.2).
        You receive this mail because you are on the list "{noun}-all".
        To leave this list, send an empty mail with the word STOP.
        Unsubscribe | Change settings | View in browser
        No virus found in this message. Database ~~~~/~~, release date {date}.
        Scanned at {hh}:{mi} by mx~.{box_site}
        Message-ID: <^~~^~~~^^~.{year}@mailer.example>
        Read receipt requested.
        This mailbox is not monitored at weekends.
        Ticker: our stand at the {town} fair is in hall ~.
        Vacation notice from {my_first} {my_last}, active until {date}
        Recalled and sent again by {my_first} {my_last} at {hh}:{mi}
        Archived by retention rule ~~ (keep for {few} years)
    """),
    "event_head": lines("""
        When: {day}, {date}, {hh}:{mi}{br}Where: {event_place}{br}Organiser: {my_first} {my_last}
        Invitation: {event_title}{br}{day} {dd} {month} {year}, {hh}:{mi} ({town} time){br}{my_mail}
        BEGIN: {event_title}{br}START {year}-{mo}-{dd} {hh}:{mi}{br}LOCATION {event_place}
        {event_title}{br}Date: {date}{br}Time: {hh}:{mi}{br}Required: {first} {last}, {first} {last}
        Updated invitation with note: {event_title}{br}Room: {event_place}{br}Guests: {first}, {my_first}
        {my_first} {my_last} has invited you to {event_title}{br}{day}, {hh}:{mi}, {event_place}
        Appointment ~~~~~{br}With: {my_first} {my_last}, {my_company}{br}Slot: {day3} {dd} {mon}, {hh}:{mi}
    """),
    "event_title": lines("""
        Catch-up
        Jour fixe
        Weekly
        Call with {my_first}
        Short sync
        {day} round
        Coffee and talk
        Touch base {my_first} / {first}
        Phone appointment
        Placeholder
    """),
    "event_place": lines("""
        Room {noun}
        Meeting room ~.~~
        video call
        {street}, {town}
        Café {last}
        to be announced
        Building ^, floor ~
    """),
    "event_label": lines("""
        Description:
        Notes:
        Agenda:
        Message from the organiser:
        Topic:
        What we want to talk about:
        Details
        Comment from {my_first}:
    """),
    "event_tail": lines("""
        Join online: meet.example/^^^-~~~-^^^
        Dial-in: {phone}, PIN ~~~~~~
        Reply: Yes / No / Maybe
        Accept | Tentative | Decline | Propose new time
        Reminder: ~5 minutes before
        Repeats every {day} until {date}
        Going: {first} {last}, {first} {last}. Awaiting: {first}.
        {first} has not replied yet.
        One tap mobile: {phone}
        Coffee and biscuits will be there.
        Parking is behind the building.
        Please mute yourself when you join.
        END OF INVITATION
    """),
    "visit_head": lines("""
        VISIT REPORT No. ~~~~{br}Technician: {first} {last}{br}Site: {street}, {my_town}
        Field service note{br}Date: {date}{br}Arrival: {hh}:{mi}{br}On site: {my_first} {my_last}
        HOME VISIT{br}Name: {my_last}, {my_first}{br}DOB: {date}{br}Seen by: {last} ({job})
        Consultation {date}, {hh}:{mi}{br}{my_first} {my_last}, ~~ y/o, {job}
        Job sheet ^~~~~{br}Crew: {last}, {last}{br}Van: ~~{br}Weather: {visit_weather}
        Handover sheet, late shift{br}From: {first}{br}To: {first}
        Desk protocol {date}{br}Counter ~, clerk {last}{br}Visitor: {my_last}
    """),
    "visit_weather": ("dry", "light rain", "fog, 4 °C", "sunny", "windy", "sleet", "overcast"),
    "visit_label": lines("""
        Reason for visit:
        Reported by customer:
        PRESENTING ISSUE
        Client states:
        History (own words):
        Told us at the door:
        1. Concern
        Subjective
        Findings / statement:
        Remarks of the visitor:
        What was said:
    """),
    "visit_before": lines("""
        Mode of arrival: on foot
        Accompanied by: {visit_kin}
        Interpreter: not needed
        Identity checked: yes
        Access: key from neighbour {last}
        Temp. inside: ~~ °C
        General state: friendly, well oriented
        Shoes off, dog in kitchen
        Last visit: {date}
        Previous notes: none on file
        Time spent waiting: ~~ min
        Language: {survey_language}
    """),
    "visit_kin": ("nobody", "daughter", "husband", "{first} {last}", "a neighbour"),
    "visit_after": lines("""
        Materials used: none
        Travel: ~~ km
        Departure: {hh}:{mi}
        Signature of customer: {my_last}
        Tea offered, declined.
        Next visit: by arrangement
        Photos: ~
        Vitals: not taken
        P: see again in {few} weeks
        Copy to: {first} {last}
        Countersigned {last}, {date}
        Form ~~-^ rev. ~
        Time booked: ~0 min
        Dictated, not read.
    """),
    "log_key": ("text", "body", "message", "content", "comment", "msg", "payload_text", "free_text"),
    "log_before": lines("""
        id || ~~~~~~
        created_at || {year}-{mo}-{dd}T{hh}:{mi}:~~Z
        user || {my_first} {my_last}
        lang || en
        source || {log_source}
        customer_id || ^~~~~~~
        session || ^~^~~^^~~
        level || INFO
        city || {my_town}
        name || {my_last}
        client || {browser}
        region || {town}
        seq || ~~~
        parent_id || null
        inbox_name || {box_service_mail}
    """),
    "log_after": lines("""
        status || new
        assignee || {first}
        attachments || 0
        read || false
        score || 0.~~
        updated_at || {year}-{mo}-{dd} {hh}:{mi}
        queue || inbound-~
        checksum || ^~~^^~~^
        retries || ~
        tz || Europe/{town}
        consent || true
        export_batch || ~~~~
        schema || v~
        ip || {ip}
        deleted || no
    """),
    "log_source": ("web", "ios", "kiosk", "import", "api", "csv_upload", "branch_~~"),
    "log_head": lines("""
        # export of {year}-{mo}-{dd}, table inbound, row ~~~~
        {year}-{mo}-{dd} {hh}:{mi}:~~,~~~ INFO  inbox.worker-~ received item
        -- record ~~~~ --
        === DUMP {slug} part ~ ===
        [{hh}:{mi}:~~.~~~] consumer={noun} partition=~ offset=~~~~~
        // generated, do not edit
    """),
    "bug_head": lines("""
        **Issue type:** {bug_type}
        # {bug_type}
        Title: {bug_type} from {my_first}
        <!-- Please fill in the template below -->
        [{bug_type}] reported by {handle}
        Component: other{br}Severity: {bug_grade}{br}Reporter: {my_first} {my_last}
        ID ~~~~~ | {bug_type} | {bug_grade} | opened {date}
    """),
    "bug_type": ("Report", "Bug / question / other", "Feedback", "General", "Incident", "Misc", "Issue"),
    "bug_grade": ("minor", "normal", "P3", "Sev ~", "to be triaged", "unset"),
    "bug_label": lines("""
        ### Description
        ## What is this about?
        **Describe it in your own words:**
        Summary:
        Details:
        *Problem or question*
        Actual behaviour / request:
        1. Please tell us more
        ### Your report
    """),
    "bug_filler": lines("""
        Steps to reproduce:{br}1. n/a{br}2. n/a
        **Expected:** see above
        **Actual:** see above
        Environment: {browser}
        ### Environment{br}- {browser}{br}- locale en
        Reproducible: {bug_often}
        Screenshots: none
        **Additional context**{br}None.
        - [x] I have searched the open issues{br}- [x] I agree to the code of conduct
        - [ ] I am willing to send a patch
        Version: {h}.~.~ (build ~~~~)
        Workaround: not known
        Logs:{br}(empty)
        First seen: {date}
        Affected users: just me
        Labels: {bug_label_tag}
        Regression: don't know
        Hardware: {survey_device}
        Linked items: #~~~, #~~~
        _No response_
    """),
    "bug_often": ("always", "sometimes", "not tried", "unknown", "n/a"),
    "bug_label_tag": ("triage", "needs-info", "inbox", "good first issue", "seen-{bug_often}"),
    "minutes_head": lines("""
        MINUTES{br}{day}, {date}, {hh}:{mi}, {event_place}{br}Present: {first}, {first}, {my_first}
        Protocol of the meeting of {date}{br}Chair: {first} {last}{br}Minutes: {first} {last}
        Team round {dd}/{mo}{br}There: {first}, {first}, {first}{br}Excused: {first}
        Residents' advisory board, session ~{br}Attending: {last}, {last}, {my_last}
        Notes from the stand-up, {day3} {dd} {mon} ({first} typing)
        Agenda and minutes no. ~~ / {year}{br}Quorum: yes
    """),
    "minutes_item": lines("""
        Welcome and apologies
        Minutes of the last meeting approved
        {first} reports from {town}; noted
        Summer party: {first} brings the grill
        Birthday of {first}, card goes round
        Office plants: {first} waters them until {day}
        Room booking for {month} done
        {first} is on leave from {day}
        Coffee kitty: everybody pays in by {day}
        New colleague {first} {last} introduces herself
        Fire drill on {date}
        Parking spaces as before
        Photo for the notice board postponed
        Heating is on again since {day}
        Next retreat perhaps in {town}
        Lost property: one umbrella, one scarf
        Printer on floor ~ has paper again
        Closing words by {last}
    """),
    "minutes_voice": lines("""
        From the mailbox:
        {my_first} reads out a message:
        Any other business:
        Raised by {my_last}:
        Letter from {my_first} {my_last}:
        Customer voice of the week:
        {my_first}:
        Point from the floor:
        Open point ({my_last})
        Item carried over from {date}:
    """),
    "minutes_end": lines("""
        Noted. Owner: {first}
        No decision taken.
        Vote: ~ in favour, ~ against, ~ abstained
        End of meeting: {hh}:{mi}
        Next meeting: {day}, {date}
        Action: {first} (due {date})
        Taken to the parking lot.
        For the record: {last}
        Distribution: all present, {first} {last}
        Meeting closed with thanks to {first}.
        To be continued on {day}.
    """),
}

JUDGING: dict[str, tuple[str, ...]] = {}
