package org.wgj.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

import java.io.IOException;

/**
 * {@code wgj}: what {@code wg} and {@code wg-quick} do, and more, in one command. Each subcommand
 * is a class of its own; an exception that says what is wrong becomes one line on stderr and exit
 * code 1, as in {@code wg}.
 */
@Command(
        name = "wgj",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Configures, runs and examines WireGuard interfaces.",
        subcommands = {Up.class, Down.class, Save.class},
        footer = {
            "",
            "  demo  makes two hosts of network namespaces, connects them by a tunnel, measures it"
                    + " and",
            "        cleans up (needs root)"
        })
public final class Wgj {
    private Wgj() {}

    public static void main(String[] arguments) {
        Logging.configure(System.getenv("LOG_LEVEL"));
        System.exit(commandLine().execute(arguments));
    }

    /** The whole command, also for those who generate its documentation. */
    public static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Wgj());
        line.setExecutionExceptionHandler(oneLine());
        line.setParameterExceptionHandler(
                (exception, arguments) -> {
                    CommandLine failed = exception.getCommandLine();
                    failed.getErr().println("wgj: " + exception.getMessage());
                    failed.getErr().println(failed.getHelp().fullSynopsis());
                    return 1;
                });
        return line;
    }

    private static IExecutionExceptionHandler oneLine() {
        return (exception, line, result) -> {
            if (exception instanceof IOException || exception instanceof IllegalArgumentException) {
                line.getErr().println("wgj: " + exception.getMessage());
                return 1;
            }
            throw exception;
        };
    }
}
