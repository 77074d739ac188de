// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.mesh.MeshCommand;
import org.wgj.join.FinalException;
import org.wgj.tunnel.config.FileErrors;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.concurrent.Callable;

/**
 * The {@code wgj} command: it does what {@code wg} and {@code wg-quick} do, and more. Each
 * subcommand is a class. An expected exception becomes one line on standard error and exit code 1,
 * as in {@code wg}.
 */
@Command(
        name = "wgj",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Configures, runs and examines WireGuard interfaces.",
        subcommands = {
            UpCommand.class,
            DownCommand.class,
            SaveCommand.class,
            ShowCommand.class,
            EventsCommand.class,
            MetricsCommand.class,
            HealthCommand.class,
            ShowConfiguration.class,
            SetInterfaceCommand.class,
            ApplyFile.Replace.class,
            ApplyFile.Add.class,
            ApplyFile.Sync.class,
            StripFile.class,
            GenerateKey.Private.class,
            GenerateKey.Preshared.class,
            PublicKeyOf.class,
            RunCommand.class,
            ReloadCommand.class,
            ProxyCommand.class,
            NcCommand.class,
            PingCommand.class,
            JoinCommand.class,
            LeaveCommand.class,
            MeshCommand.class,
            DoctorCommand.class,
            DemoCommand.class,
            AutoComplete.GenerateCompletion.class,
            HelpOfCommand.class,
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  wgj up wg0      brings up the interface of /etc/wireguard/wg0.conf; if it fails: wgj"
                    + " doctor wg0"
        })
public final class Wgj implements Callable<Integer> {
    private static final int HELP_COLUMNS = 100;

    @Spec private CommandSpec spec;

    private Wgj() {}

    /** Runs {@code show} if no command is given, as {@code wg} does. */
    @Override
    public Integer call() {
        return spec.subcommands().get("show").execute();
    }

    public static void main(String[] arguments) {
        // Keeps the system's order of a name's addresses, as wg does. The JDK reads this property
        // with the first address.
        System.setProperty("java.net.preferIPv6Addresses", "system");
        Logging.configure(System.getenv("LOG_LEVEL"));
        StandardOutput output = StandardOutput.install();
        int status = commandLineFor(arguments).execute(arguments);
        System.out.flush();
        System.exit(output.exit(status, System.err));
    }

    /** Returns what executes these arguments: the called command alone, or all of them. */
    static CommandLine commandLineFor(String... arguments) {
        return CalledCommand.of(Wgj.class, arguments)
                .map(Wgj::prepared)
                .orElseGet(Wgj::commandLine);
    }

    /** Returns the whole command, also for the generators of its documentation. */
    public static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Wgj());
        line.getSubcommands().get("mesh").addSubcommand(new MeshUpCommand());
        return prepared(line);
    }

    private static CommandLine prepared(CommandLine line) {
        line.setUsageHelpWidth(HELP_COLUMNS);
        line.setExpandAtFiles(false); // wg has no argument files
        CommandLine set = line.getSubcommands().get("set");
        if (set != null) {
            set.setStopAtPositional(true); // allowed-ips -10.0.0.0/8
        }
        line.setExecutionExceptionHandler(oneLine());
        line.setParameterExceptionHandler(new Mistakes());
        exitWithOne(line);
        CommandLine join = line.getSubcommands().get("join");
        if (join != null) { // a unit that runs it must not repeat a mistake
            join.getCommandSpec().exitCodeOnInvalidInput(FinalException.EXIT_CODE);
        }
        return line;
    }

    /** Mistakes have exit code 1, as in {@code wg}. */
    private static void exitWithOne(CommandLine line) {
        line.getCommandSpec().exitCodeOnInvalidInput(CommandLine.ExitCode.SOFTWARE);
        line.getSubcommands().values().forEach(Wgj::exitWithOne);
    }

    private static IExecutionExceptionHandler oneLine() {
        return (exception, line, result) -> {
            StandardOutput.excuse();
            if (exception instanceof FinalException failure) {
                line.getErr().println("wgj: " + failure.getMessage());
                return failure.exitCode();
            }
            if (exception instanceof IOException failure) {
                line.getErr().println("wgj: " + FileErrors.text(failure));
                return 1;
            }
            if (exception instanceof IllegalArgumentException) {
                line.getErr().println("wgj: " + exception.getMessage());
                return 1;
            }
            throw exception;
        };
    }
}
