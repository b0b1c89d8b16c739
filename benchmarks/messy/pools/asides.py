"""Sentences beside the point: weather, holidays, family, apologies, how they came to the firm.

None asks for anything, and none praises or blames what the firm sells, as far as that is possible.
"""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "aside": lines("""
        I hope this message finds you well.
        I hope you had a nice weekend.
        I hope you are all well in these strange times.
        It has been raining here in {my_town} for {few} days now.
        We finally have a bit of sun in {my_town} today.
        It is terribly cold here this morning and the windows are all frozen.
        The heat here has been unbearable since {day}.
        The garden needed the rain, so nobody here is complaining.
        My husband and I came back from a short holiday in {town} on {day}.
        We were away in {town} for {few} weeks, so I am only sitting down to write now.
        I was at a wedding in {town} last week and have been catching up ever since.
        I am off to {town} on {day} to see my sister.
        We always spend {month} at the seaside with the children.
        My daughter started school this {month}, so our days are rather full.
        Our youngest has had a cold all week.
        My mother turned ~0 on {day} and the whole family came.
        My grandson is helping me to type this.
        I am writing this on the train, so please excuse any typing mistakes.
        Please excuse my English, it is not my first language.
        Sorry for the long mail.
        I apologise if this has reached the wrong department.
        I am sorry to bother you with this at the end of the week.
        Forgive me if somebody has written to you about the same thing before.
        I know how busy you must be at this time of the year.
        I was not sure whom to write to, so I am trying this address.
        My neighbour {first} gave me your address.
        A colleague of mine, {first} {last}, told me about you some years ago.
        I first heard of {box_firm} from my cousin in {town}.
        I found your address on the back of an old envelope.
        We have been with {box_firm} since {year}.
        I have been a customer of yours for more than {few} years.
        My parents were customers of {box_firm} before me.
        I saw a poster of yours at the station in {town} the other day.
        I spoke with a very friendly lady called {first} some time ago.
        Your colleague {first} has a lovely voice on the telephone, by the way.
        I used to work in an office myself, so I know what a Monday is like.
        I worked as a {job} in {town} for many years before I retired.
        At work we say that a short letter takes longer than a long one.
        I have just made myself a cup of tea and thought I would write.
        It is late and the house is quiet at last.
        The dog is asleep on my feet while I am typing this.
        Our cat has just walked over the keyboard, so I am starting again.
        I normally leave such things to my wife, but she is in {town} this week.
        My brother {first} usually does this kind of thing for me.
        I am not very good with computers, I must say.
        I am typing this on my son's old laptop.
        My glasses are somewhere in the house, so I am using big letters.
        We moved from {town} to {my_town} in {month} and there are still boxes everywhere.
        The builders are in the house, so it is a bit noisy here.
        I have been meaning to write since {day}.
        I started this message on {day} and was called away.
        I tried to write earlier, but there was always something.
        As you may know, {month} is a busy month in our line of business.
        We are a small family business in {my_town}.
        I run a little shop in {my_town} together with my sister.
        I am a {job} and mostly work nights.
        I am the new {job} here and took over from {first} {last}.
        My boss asked me to write, as he is on leave until {day}.
        I am writing on behalf of my father, {first} {last}.
        I am writing for my aunt, who does not use e-mail.
        It was {first}'s birthday yesterday, so we are all a little tired today.
        The children are finally at school and I have a quiet hour.
        We had guests over the holidays and I have only just found the time.
        Happy New Year to you and your families.
        I wish you all a happy Easter.
        Enjoy the long weekend that is coming up.
        Greetings to the whole office, by the way.
        Please give my best to {agent}.
        I was talking about this with {first} over lunch on {day}.
        My friend {first} said I should simply write to you.
        There was a big football match here last night, so traffic was awful.
        The buses are on strike in {my_town} again.
        I cycled all the way to {town} on {day}, which was quite something at my age.
        The whole street is being dug up, and the dust is everywhere.
        I read in the paper that you have opened an office in {town}.
        My father always said to put things in writing, so here I am.
        I am sitting in a café in {town} with a slow connection.
        I have a few minutes before my next meeting.
        I do not write many mails, so bear with me.
        I will try to keep this short.
        I might be repeating myself here.
        The apples in our garden are early this year.
        Our village fair was on {day}, and half of {my_town} was there.
        We are expecting our second child in {month}.
        My shift ends at {hour}, so I am usually home after that.
        I am told that it will snow in {my_town} by {day}.
        The power was out in our street for {few} hours on {day}.
        I have been to your office in {town} once, years ago.
        My neighbour across the hall used to be a {job} at {company}.
        I do like the picture of the lighthouse on your letters.
        I am writing from my office at {company}.
        We are in the middle of the harvest here.
        My wife says hello.
        I am just back from the dentist, so I am not at my best.
        The kids have drawn on the paper where I had made my notes.
        I had to look up how to write to you, and {first} showed me.
        It has been quite a week here.
        The choir I sing in has its concert on {day}.
        I am ~~ years old, and I still write with my own ten fingers.
        The view from my window is nothing but fog today.
        I am learning Spanish at the moment, so my head is full of other words.
        My phone was in the other room while I wrote down what I wanted to say.
        The post here in {my_town} only comes on {day}s now.
        You may remember my name from the summer party in {town}.
        I hope {agent} is back from leave and well rested.
        As it happens, my niece {first} works for {company}, just around the corner from you.
    """),
}

JUDGING = {
    "aside": lines("""
        Hope all is good at your end.
        Hope you are keeping warm.
        Trust you had a restful break.
        Trust this reaches the right desk.
        What a storm we had here in {my_town} last night!
        Spring has come early to {my_town} and everything is in bloom.
        Not a cloud in the sky over {my_town} today, for once.
        There is so much snow here that the schools are closed until {day}.
        It is hailing as I type.
        After {few} weeks of drought it is pouring at last.
        Just back from {town}, still a little jet-lagged.
        We flew home from {town} on {day}, and the suitcases are still in the hall.
        The ferry from {town} was late and so am I.
        Next week we are going camping near {town} with my in-laws.
        Our holiday flat in {town} had no internet, hence the delay.
        The twins have been teething, so nobody sleeps much in this house.
        My son is learning the violin, as the whole building knows.
        Grandmother moved in with us in {month}, which has been lovely.
        My niece {first} got engaged on {day} and we celebrated until late.
        My other half is a {job} and away most of the week.
        Pardon the typos, I am on a bumpy bus.
        Pardon my grammar; I grew up in {town} and learned English late.
        Apologies for the essay.
        Apologies in advance if I ramble.
        Apologies if you are not the person who deals with such things.
        Sorry, me again.
        Sorry to land this on you on a {day}.
        You probably get a hundred of these every day.
        You must have your hands full before the holidays.
        Somebody at the front desk in {town} handed me a card with this address.
        {first} {last} from my book club mentioned you.
        A friend from the tennis club passed on your contact.
        Years ago an advert on the radio brought me to {box_firm}.
        It was my late uncle {first} who brought us to {box_firm}.
        Since {year} I have had a folder with your name on it on my shelf.
        In our family you have been a household name for about {few} decades.
        The young man at your counter in {town} had the same surname as me, what a coincidence.
        Your receptionist wished me a good day so cheerfully that I still remember it.
        I once met one of your directors at a fair in {town}.
        Funny how time flies, it is already {month}.
        Retirement gives one time to write letters, it turns out.
        Before I retired I drove trains between {town} and {town}.
        For {few} years I have been studying in {my_town}, and exams are near.
        As a student I mostly live on noodles and coffee.
        The coffee machine at work is broken, so forgive my mood.
        My lunch break is nearly over.
        The baby is asleep, so I am typing with one hand.
        The parrot is shouting in the background.
        Two puppies have moved in with us, and the carpet has seen better days.
        Somebody is mowing the lawn right under my window.
        My better half {first} would normally handle this.
        {first}, my flatmate, is looking over my shoulder.
        Technology and I are not the best of friends.
        This keyboard has no proper apostrophe, sorry.
        Autocorrect has a will of its own today.
        The screen of my tablet is cracked, so I cannot see every letter.
        Half of our furniture is still in {town}, and I sit on a crate.
        Painters are in the flat and everything is under plastic.
        Since {day} I have had this on my list.
        Twice already I had this mail half finished.
        Work has been rather hectic since {month}.
        Our firm, {company}, is just ~~ people in an old mill.
        With my brother I look after a small vineyard outside {my_town}.
        On weekdays I teach at the school in {my_town}.
        By trade I am a {job}, so words do not come easily to me.
        At {company} I am the one who opens the post.
        {first} from our accounts team is on parental leave, so it falls to me.
        My neighbour is ~~ and asked me to type this for her.
        This comes from me in the name of our tenants' association.
        Yesterday was our wedding anniversary, hence the slow reply.
        Carnival is on in {my_town} and it is loud outside.
        Merry Christmas to everyone over there, if it is not too late.
        Eid Mubarak to those of you who celebrate.
        A happy Diwali to the whole team.
        Have a lovely bank holiday when it comes.
        Do say hello to {agent} from me.
        Regards also from {first}, who sits next to me.
        {first} and I chatted about it in the lift.
        According to my sister, writing is the best way.
        Our local team won the cup on {day}, so the whole town is hoarse.
        The tram was stuck for {few} stops and I had time to think.
        The marathon goes past our house this weekend.
        On {day} I fell off my bicycle, nothing serious.
        They are building a new bridge here, one hears the hammers all day.
        The local paper had a photograph of your office in {town}.
        As my teacher used to say, who writes stays.
        Right now I am in a waiting room with too many magazines.
        My train leaves at {hour}, so here goes.
        Brevity was never my strong side.
        Where do I begin.
        I will get to it in a second.
        Bear with me for a moment.
        Tomatoes did well this summer, cucumbers less so.
        In our street there is a flea market on {day}.
        Our eldest is getting married in {month}.
        From {hour} on I am out with the dogs.
        The radio says that there will be fog in {my_town} until {day}.
        For {few} hours the whole quarter had no water.
        One day I must come by your place in {town} and say hello in person.
        My old landlady used to do the books for {company}.
        The stamp on your last letter was a pretty one with a heron.
        Between two meetings at {company} I finally got round to this.
        The lambs arrived last night, so it was a short one.
        My other half sends greetings too.
        The doctor says I should sit less, yet here I sit.
        My notes got wet, so this is from memory.
        A kind soul at the library showed me how to send this.
        What a month it has been.
        Our theatre group has its opening night on {day}.
        At ~~ one is allowed to be a bit long-winded.
        The sea is grey and loud this morning.
        Since I took up pottery, clay gets everywhere, even on this phone.
        I wrote it all down on a napkin first.
        The postman and I are on first-name terms by now.
        You might know my cousin {first}, who drives the bus in {town}.
        Fingers crossed that {agent} had a good holiday.
    """),
}
