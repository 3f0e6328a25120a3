/* What stands between an actor and a program that it starts: `awsift launch`, not for people. */
#pragma once
/* Arguments: the actor's process id, "gain" where the program may gain rights (a sendmail's), else "keep",
 * the user to run it as ("" for this one), the program and its arguments. Ends as the program ends. */
int launch_main(int argc, char **argv);
