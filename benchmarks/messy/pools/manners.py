"""English of several manners: courtly and long-winded, all on one line, or terse."""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "courtly_hail": lines("""
        Respected Sir,
        Respected Madam,
        Respected Sir / Madam,
        Respected Mr. {last} ji,
        Most esteemed Sirs,
        My dear Sir,
        My dear {agent},
        Dear and respected {box_firm} family,
        To the kind attention of the Officer in charge,
        Kind Attn: The Manager, {box_firm}
        The Manager,{br}{box_firm},{br}{town} Branch.{br}{br}Dear Sir,
        To,{br}The Customer Care Head,{br}{box_firm}.{br}{br}R/Sir,
        Hon'ble Sir,
        Dear Sir (or, as the case may be, Madam),
        Esteemed colleagues,
        Good day to you, kind people of {box_firm},
    """),
    "courtly_opening": lines("""
        {courtly_wish} {courtly_self}
        {courtly_self} {courtly_sorry}
        {courtly_wish} {courtly_sorry}
        {courtly_sorry} {courtly_self}
        {courtly_wish}
        {courtly_self}
        {courtly_lead}
        {courtly_wish} {courtly_lead}
        {courtly_self} {courtly_lead}
        {courtly_sorry} {courtly_lead}
    """),
    "courtly_wish": lines("""
        I trust that this letter finds you and your good family in the best of health and spirits.
        Hoping this mail finds you in the pink of health.
        May I begin by wishing you and your esteemed colleagues a most pleasant {day}.
        Season's greetings to one and all in your good office.
        I do so hope that the weather in your part of the country has been kinder than in ours.
        First of all, kindly accept my warm greetings from {my_town}.
        It is my fervent hope that the new financial year has started well for your organisation.
        I trust that you had a restful bank holiday, in so far as one ever does.
    """),
    "courtly_self": lines("""
        Myself {my_first} {my_last}, residing at {street}, {my_town}.
        I, the undersigned {my_first} {my_last}, have been a patron of your good selves since {year}.
        By way of introduction, I am a retired {job}, formerly with {company}.
        I have had the privilege of being associated with your esteemed concern for over {few} years.
        You may recall that we had the pleasure of meeting in {town}, though it was rather a while ago.
        Allow me to introduce myself: {my_first} {my_last}, {job}, at present stationed at {my_town}.
        I am given to understand by my son-in-law, Shri {last}, that yours is the office to be addressed.
        I write in my capacity as honorary secretary of the {town} {craft} Society, on a private matter.
    """),
    "courtly_sorry": lines("""
        Kindly excuse the liberty that I am taking in writing to you directly.
        I should be mortified to think that I was taking up more of your time than is strictly necessary.
        Pray forgive the length of this letter; brevity was never my forte.
        I am well aware that there must be far weightier matters on your desk.
        I do beg your pardon should this have landed on the wrong desk altogether.
        At the outset, I sincerely regret any inconvenience that my writing may cause to your goodself.
        I am, I confess, of a generation that would sooner write than ring.
    """),
    "courtly_lead": lines("""
        With due respect, I beg to state the following few lines for your kind perusal.
        I shall come to the point without further ado.
        This has reference to the captioned subject.
        I would like to bring the below mentioned to your kind notice.
        With reference to the above, I am to say as under.
        If I may, I should like to put the following to you.
        The matter, such as it is, is this.
        Please find my humble submission hereunder:
    """),
    "courtly_aside": lines("""
        My good wife, who is looking over my shoulder, asks me to send her regards as well.
        The monsoon has been heavy this year and our lane in {my_town} is under water.
        I might add that my late father always spoke most highly of your house.
        As you are no doubt aware, the festive season is upon us.
        My eyesight is no longer what it was, for which I beg your indulgence.
        We have, I am happy to report, been blessed with a grandson in {month}.
        The roses have been rather splendid this year, if I may say so.
        I write this in the reading room of the {town} library, where it is blissfully quiet.
        I had intended to write on {day}, but was prevented by a touch of lumbago.
        My nephew {first}, who is doing his engineering, has kindly typed out this mail.
        I remain available on my residence number {phone} during forenoon hours.
        The undersigned is out of station till {day}.
        It was so good of {agent} to remember me on the occasion of my birthday.
        Forgive an old {job} for saying so, but a civil letter is a rare thing these days.
        One does not like to make a fuss, as you will appreciate.
        Be that as it may, I digress.
    """),
    "courtly_end": lines("""
        Thanking you in eager anticipation,{br}Yours faithfully,
        Thanking you,{br}Yours truly,
        With warm personal regards, I remain,{br}Yours most sincerely,
        I have the honour to be, Sir, your obedient servant,
        Kindly do the needful and oblige.{br}Thanks & regards,
        Awaiting your esteemed reply at your earliest convenience,
        With folded hands and best wishes,
        I remain, with renewed apologies for the intrusion,
        Believe me to be, as ever,{br}yours very sincerely,
        Assuring you of my best cooperation at all times,
        With every good wish to you and yours,
        May God bless you and your family.{br}Yours respectfully,
        Your early action in this regard will be highly appreciated.{br}Regards,
        I am, dear Sir, yours &c.,
    """),
    "courtly_name": lines("""
        ({my_first} {my_last})
        {my_first} {my_last} (Retd.)
        {my_first} {my_last}, Esq.
        Smt. {my_first} {my_last}{br}{street}{br}{my_town}
        {my_first} {my_last}{br}Place: {my_town}{br}Date: {date}
        Dr {my_first} {my_last}, M.A. (Hons)
        {my_first} {my_last}{br}Encl.: nil
        Sd/- {my_first} {my_last}
        {my_last}, {my_first} (Mr){br}Mob. {phone}
    """),
    "line_hail": lines("""
        Hi there support,
        Hi you guys,
        Hi {agent} and colleagues,
        Hi {box_firm} people,
        Hi, {my_first} {my_last} here,
        Hello, this is {my_first} from {my_town}.
        Hello, hope all is well,
        Hey you,
        Hey folks -
        Hiya {agent} and co,
        Morning all of you,
        Morning to {agent},
        Afternoon,
        A good afternoon to you.
        Evening all,
        Dear support folks,
        Dear friends,
        Hello hello!
        G'day,
        Howdy folks,
        {agent},
        Guys,
        Hi, sorry, me again:
        Hi again, {my_first} here.
        Hallo, sorry for my English,
        Hi, quick one from {my_town}:
        To the team:
        Ok hi,
    """),
    "line_aside": lines("""
        Hope you're having a good {day}.
        Hope your week is going well.
        I'm on the train so may lose signal.
        Sorry if this is the wrong inbox.
        My name's {my_first} by the way.
        Acc no ~~~~~~~.
        Ref ^^~~~~.
        I'm with you since {year}.
        Bit of a hectic {day} here.
        We're just back from {town}.
        Weather's awful here, hope yours is better.
        I'm the {job} at {my_company}.
        {first} passed me your details.
        I'm normally around after {hour}.
        Apologies for the Sunday mail.
        Kids are screaming so I'll be brief.
        I'm writing for my dad.
        Just on my lunch break.
        Nice chatting to {first} the other day.
        It's me from the {town} office.
        On my phone so excuse typos.
        Been a while!
        Happy {day}!
        The cat says hi.
        Just landed in {town}.
        I've been off sick till {day}.
        Excuse the caps earlier.
        Had my coffee now so here goes.
        Typing this on the tram.
        New here at {my_company}.
        Say hi to {agent} from me.
    """),
    "line_end": lines("""
        Thanks, {my_first}
        Thanks, {my_first} {my_last}
        Thanks {my_first}.
        Thank you, {my_first}.
        Cheers, {my_first}
        Best, {my_first} {my_last}
        With regards as ever, {my_last}
        Regards and thanks {my_first} {my_last} {phone}
        Kind regards to all, {my_first}
        Ta muchly, {my_first}
        Thanks!
        Many thanks for now.
        Thanks so much and have a lovely {day}!
        Bye then, {my_first}
        Best wishes from {my_town}, {my_first}
        - {my_first} {my_last}, {my_town}
        ({my_first}, {phone})
        Yours, {my_first} {my_last}, {job}
        Thx in advance!
        Appreciate it, {my_first}.
        Speak soon, {my_first}
        All good wishes, {my_first} & {first}
        Over and out, {my_first}.
        Mr {my_last}
        Br, {my_first}
        Warm wishes, {my_first} {my_last}, {my_company}
    """),
    "terse_open": lines("""
        hi u
        hello
        hello team
        to {box_firm}
        this is {my_last}
        writing from {my_town}
        re ~~~~~~
        cust no ~~~~~~
        acct nr ~~~~~~~
        ref ^^~~~~
        order ~~~~~~
        good day all
        see below
        as per phone
        just fyi
        again
        {day} {hh}{mi}
        {my_company}
        second mail
        msg from {my_first}
        regarding ~~~~
    """),
    "terse_aside": lines("""
        in a hurry
        on the road
        no time for more
        at work till {h}
        bad line here
        called {day}
        spoke to {first}
        back on {day}
        same as {first} wrote
        tel {phone}
        sent from work
        wife is away
        my english not so good
        moving house
        new number {phone}
        excuse short mail
        writing for mother
        raining again
        night shift
        screen is broken
        keyboard has no full stop
    """),
    "terse_end": lines("""
        tks
        rgds
        thank you
        thx
        {my_first}
        {my_last}
        {my_first} {my_last}
        rgds {my_last}
        thanks {my_first}
        {my_first} {my_town}
        bye
        mfg {my_last}
        b rgds {my_first}
        many thx
        {my_last} {phone}
        end
        ok thats it
        over
        best {my_first}
    """),
}

JUDGING: dict[str, tuple[str, ...]] = {}
