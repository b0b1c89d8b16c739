"""Surveys, store reviews, messengers, social media and forums: what stands around a text there."""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "survey_head": lines("""
        {box_firm} customer survey {year}{br}Respondent ~~~~~
        Questionnaire no. ~~~~, completed on {date}
        SURVEY RESULTS / open answers{br}Wave: {mon} {year}{br}ID: ^~~~~~
        Thank you for taking part! Your answers at a glance:
        Response #~~~~ (finished after ~ min ~~ s)
    """),
    "survey_asked": lines("""
        Anything else?
        Anything else you would like to tell us?
        Is there something that we should know?
        What is on your mind today?
        In your own words:
        Free comment (optional)
        Your comment:
        Please use this space for any remarks.
        If you could send us one message, what would it say?
        Other (please specify)
    """),
    "survey_filler": lines("""
        How did you hear about us? {survey_source}
        What is your age group? ~5 to ~9
        Which region do you live in? {town} and surroundings
        How likely are you to recommend us (0-10)? ~
        Which language do you speak at home? {survey_language}
        How many people live in your household? {few}
        May we contact you again? {survey_yes}
        What is your occupation? {job}
        When did you last visit us? {month} {year}
        Which device are you using right now? {survey_device}
        Do you read our newsletter? {survey_yes}
        On which day of the week are you usually at home? {day}
        How long did it take you to fill in this page? ~ minutes
        I feel well informed. (1 = not at all, 5 = fully) {survey_scale}
        I would describe myself as an early bird. (1-5) {survey_scale}
        Do you have children under 18? {survey_yes}
        Which of our branches is nearest to you? {town}
        Are you taking part in the prize draw? {survey_yes}
        Gender: {survey_none}
        Postcode: ~~~~~
    """),
    "survey_source": ("a friend", "newspaper", "radio", "don't remember", "told by {first}", "search engine"),
    "survey_language": ("English", "Polish", "Twi", "Hindi and English", "Portuguese", "Swedish"),
    "survey_device": ("phone", "tablet", "desktop PC", "my daughter's laptop"),
    "survey_yes": ("Yes", "No", "yes please", "rather not", "n/a", "Y", "N"),
    "survey_scale": ("1", "2", "3", "4", "5", "(no answer)"),
    "survey_none": ("female", "male", "prefer not to say", "-"),
    "survey_foot": lines("""
        You have reached the end of the questionnaire.
        Participants receive no payment. Data kept until {month} {year}.
        Page ~ of ~
        100 % complete
        Interviewer: {first} {last}
        Your answers are stored without your name.
    """),
    "store_head": lines("""
        {stars} {my_first} {my_last}, {date}
        {stars}{br}by {handle} on {date}
        Version {h}.~ · {stars} · {my_town}
        {my_first} ^. | {date} | {stars}
        {handle}{br}{stars} · Reviewed in {my_town} on {dd} {month} {year}
        Rating: ~ out of 5{br}Title: {store_title}{br}Version reviewed: {h}.~.~
        "{store_title}"{br}{stars} — {handle}, {mon} {dd}, {year}
        Review #~~~~~~{br}App version {h}.~~ / Android 1~{br}Locale en_GB
        Local Guide · ~~ reviews · ~ photos{br}{stars} {few} weeks ago
        {store_title}{br}{mon} {dd} · {handle} · {stars}
    """),
    "stars": ("★★★☆☆", "★★★★☆", "★★☆☆☆", "3 of 5 stars", "2/5", "4/5", "⭐⭐⭐", "3,0", "Stars: 4"),
    "store_title": lines("""
        My two cents
        Reading this, devs?
        Just saying
        After the update
        Hmm
        Mixed feelings
        For the team
        Read this
        Okay so
        One thing
        As the headline says
    """),
    "store_lead": lines("""
        Posting here because I could not find an address.
        Not really a review, sorry.
        I never write reviews, but here goes.
        Been using this since {month} {year}.
        Downloaded it on my sister's advice.
        Edited on {date}:
        First review ever, be kind.
        I have it on my phone and on the tablet.
        {first} from my book club has it too.
        Long time user, first time reviewer.
        Writing this with my thumbs on the bus.
        Stars are just because I have to pick some.
    """),
    "store_foot": lines("""
        Helpful? Yes (~~) No (~)
        ~~ of ~~ people found this helpful
        Was this review helpful to you? Yes / No / Report
        Verified download
        Developer response, {date}: Hi {my_first}, thanks for your feedback! - {box_firm}
        Reply from {box_firm}: Thank you for taking the time, {handle}.
        Translated from the original by the store
        Share · Flag as inappropriate
        Device: {survey_device}, reviewed {few} times
        Read more reviews by {handle}
        Updated {few} days ago
    """),
    "handle": lines("""
        {adjective}{noun}~~
        {noun}_{craft}
        its{noun}Time
        {my_first}_~~~
        {my_first}{my_last}
        the_real_{my_first}
        {noun}Lover{year}
        {craft}Fan
        {my_last}^^
        {adjective}Cat_~
    """),
    "sms_open": lines("""
        hiyaaa 👋
        heyyy
        heyheyhey
        Hi its {my_first} 😊
        yooo
        r u there?
        hi, {my_first} here
        Helloooo 🙋
        mornin ☀️
        sorry to text so late 🙈
        hey its me {my_first}
        Evening! x
        hi every1 👋👋
        new phone, this is {my_first} btw
        omg hi
        quick one 🙂
        ok so
        sooo
        Hi hun, sorry wrong chat 😂 this one is for {box_firm}
        oi oi
    """),
    "sms_aside": lines("""
        on the bus rn
        my battery is at ~% 🔋
        its soooo hot today 🥵
        just got out of the gym 💪
        kids are finally asleep 😴
        brb kettle ☕
        typing w one hand, baby on the other 👶
        lol autocorrect
        happy {day} btw 🎉
        omg the rain ☔️☔️
        at my mums in {town} till {day}
        {first} says hi 😘
        cant talk, in a meeting 🤫
        sry thumbs are cold 🥶
        dog just ate my sandwich 🐶
        traffic is mad here 🚗🚗
        late shift again 🙃
        back from hols 🏖️ sad face
        wish me luck, exam tmrw 📚
        watching the match ⚽
        my nan taught me to use emojis 😂
        brain is mush today 🧠
    """),
    "sms_close": lines("""
        thx 🙏
        tyy!!
        thanks a mill 😘
        cheers x
        mwah {my_first}
        ta x
        tnx u
        🙏🙏🙏
        👍
        tysm ❤️
        lmk 🙂
        ttyl
        k bye 👋
        laters, {my_first}
        luv {my_first} xoxo
        thanks hun x
        tia!
        {my_first} 🌻
        nite nite 🌙
        no rush 😊
        cya {day} 👋
        haha ok bye
    """),
    "sms_glue": ("🤔", "😅", "🙈", "...", "!!", "👀", "😬", "🤷", "lol", "pls", "😭", ":)", ":-/"),
    "social_lead": lines("""
        @{slug}
        .@{slug}
        Heya @{slug} 👋
        Hi @{slug}, {my_first} here.
        @{slug} @ask_{slug}
        RT @{handle}:
        RT @{handle}: @{slug}
        @{handle} @{slug}
        cc @{slug}
        Dear @{slug},
        Calling @{slug}!
        Good {day} morning, @{slug} ☕
        Posted by u/{handle} · {h}h ·
        {handle} · {mon} {dd}{br}Replying to @{slug} and @{handle}{br}
        {my_first} {my_last} @{handle} · {h}h{br}
        {handle} is feeling curious.{br}{br}
        Thread 🧵 1/{h}{br}
        Tagging @{slug} and @{handle}:
        QT @{handle}:
    """),
    "social_tail": lines("""
        #{slug}
        {hashtag}
        {hashtag} {hashtag}
        {hashtag} {hashtag} {hashtag}
        1/2
        (1/{h})
        /cc @{handle}
        @{handle} you know what I mean 😉
        RT pls
        {hashtag} pic.example/^~^~~^
        via @{handle}
        (edited)
        🙏 {hashtag}
        Sent from {town} 📍
        👇
        h/t @{handle}
    """),
    "hashtag": lines("""
        #{day}Thoughts
        #{month}Vibes
        #CoffeeTime
        #JustAsking
        #{town}
        #MyLifeIn{year}
        #NoFilter
        #{noun}Gang
        #adulting
        #AskingForAFriend
        #smallbiz
        #MumLife
        #commuterdiaries
        #rainyday
    """),
    "social_meta": lines("""
        ~ Likes · ~ Replies · {hh}:{mi} · {dd} {mon} {year}
        ♥ ~~  ↻ ~  💬 ~
        View ~~ comments
        Like · Comment · Share · {h}h
        {first}, {first} and ~~ others like this
        {hh}:{mi} · {town} · from the web app
        Translate post
        Seen by ~~~
        Show this thread
        {handle} and {handle} reacted with 😮
        Liked by {handle}
        ~~~ views
    """),
    "forum_head": lines("""
        {handle}{br}Joined: {mon} {year}{br}Posts: ~~~{br}Location: {my_town}
        {handle} ({forum_rank}){br}{date}, {hh}:{mi}   #~~
        Re: {forum_topic}{br}by {handle} » {day3} {mon} {dd}, {year} {h}:{mi} pm
        [{forum_topic}] post no. ~{br}Author: {handle}, {forum_rank}
        {forum_rank}{br}{handle}{br}Registered {date} | Reputation ~~
        {handle} wrote on {date}:
        Board index » Members » General » {forum_topic}{br}{handle}, {forum_rank}, {my_town}
        {handle} - {few} hours ago - permalink
        New topic by {handle} in "{forum_topic}"{br}Views: ~~~  Replies: ~
    """),
    "forum_rank": lines("""
        Newbie
        Junior Member
        Senior Member
        Veteran
        Moderator
        Site Supporter
        Lurker
        Gold Poster
        Regular
        Unregistered
    """),
    "forum_topic": lines("""
        Newcomers say hello
        General chat
        Off topic lounge
        The tea room
        Your thoughts
        Everything else
        Open thread for {month}
        Members only
        Odds and ends
    """),
    "forum_lead": lines("""
        Hi folks, long time lurker here.
        Hello from {my_town}!
        Mods, move this if it's in the wrong section.
        Did a search first, found nothing.
        @{handle}, nice avatar!
        +1 to what {handle} said above.
        Not sure whether this is the right board.
        First post, so be gentle.
        Bumping this.
        Greetings all, {my_first} here, {job} by trade.
        OP here.
        Subscribed to this thread last {day}.
        Apologies for digging up an old thread.
        My nephew signed me up for this forum yesterday.
        Waves from the back row.
    """),
    "forum_tail": lines("""
        Edit: typo
        EDIT: formatting
        Edit 2: thanks to {handle} for the warm welcome.
        Last edited by {handle} on {date}, {hh}:{mi}; edited {few} times in total
        TIA
        Cheers, {handle}
        Sorry for the wall of text.
        ETA: spelling, I'm on my phone.
        Back to lurking.
        Quote · Reply · Report
        {handle} likes this post.
        Solved? Not yet.
        *popcorn*
    """),
    "forum_motto": lines("""
        "Measure twice, cut once."
        Life begins at ~0.
        My other car is a bicycle.
        If in doubt, put the kettle on.
        Proud owner of {few} cats and one patient wife.
        "All who wander are late for dinner."
        {noun} by day, {noun} by night
        Rig: old. Owner: older.
        There are ten kinds of people.
        Coffee first, then the world.
        Member of the {town} {craft} Club since {year}
        I brake for hedgehogs
        Never trust an atom, they make up everything.
        Per aspera ad {town}
    """),
}

JUDGING: dict[str, tuple[str, ...]] = {}
