/* What stands between an actor and a program that it starts: `awsift launch`, not for people. */
#pragma once
/* The descriptor that is the actor's end of the program's input: held here, no death of the actor is the end
 * of that input before the program is dead, which would take half a mail for a whole one. */
enum { LAUNCH_INPUT = 4 };
/* Arguments: the actor's process id, "gain" where the program may gain rights (a sendmail's), else "keep",
 * the user to run it as ("" for this one), the program and its arguments. Ends as the program ends. */
int launch_main(int argc, char **argv);
