// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.json.JsonWriter;
import org.wgj.show.ShowField;
import org.wgj.show.ShowJson;
import org.wgj.show.ShowText;
import org.wgj.show.ShowWatch;
import org.wgj.show.Terminal;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.UapiClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import java.util.concurrent.Callable;

/** {@code wgj show}. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Shows interfaces and their peers: all of them, or INTERFACE.",
        footerHeading = "%nFields:%n",
        footer = {
            "  public-key private-key listen-port fwmark peers preshared-keys endpoints"
                    + " allowed-ips",
            "  latest-handshakes transfer persistent-keepalive, and dump for all of them",
            "",
            "Environment:",
            "  WG_HIDE_KEYS   never: show private and preshared keys",
            "  WG_COLOR_MODE  always or never; by default colours on a terminal only, unless"
                    + " NO_COLOR is set",
            "",
            "With --json the output is one object for INTERFACE, or an array of objects for all."
                    + " Its JSON Schema",
            "is docs/show.schema.json. Missing values are null, secret keys are \"(hidden)\", and"
                    + " engine is null",
            "unless wireguard-java serves the interface.",
            "",
            "Example:",
            "  wgj show wg0 latest-handshakes"
        })
final class ShowCommand implements Callable<Integer> {
    private static final String ALL = "all";
    private static final int DEFAULT_WATCH_SECONDS = 2;

    // ECMA-48: ED, CUP, EL.
    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_REST = "\u001b[J";

    private static final DateTimeFormatter LOCAL_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "INTERFACE",
            description = "An interface, all of them (all), or only their names (interfaces).")
    private String what;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FIELD",
            description = "Print only this field, for scripts.")
    private String fieldName;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(
            names = "--watch",
            arity = "0..1",
            paramLabel = "SECONDS",
            fallbackValue = "" + DEFAULT_WATCH_SECONDS,
            preprocessor = WatchValue.class,
            description = {
                "Show every SECONDS, by default 2, how much goes each way a second, the last"
                    + " minute, and the state of each peer: up (a handshake less than 180 s ago),"
                    + " idle (no session, and none asked for), calling, silent (called for 90 s).",
                "With FIELD or --json it repeats these."
            })
    private Integer watchSeconds;

    private final Map<String, ShowWatch> watches = new HashMap<>();

    /** In {@code --watch wg0}, wg0 is the interface and not the number of seconds. */
    static final class WatchValue implements IParameterPreprocessor {
        @Override
        public boolean preprocess(
                Stack<String> arguments,
                CommandSpec spec,
                ArgSpec option,
                Map<String, Object> info) {
            boolean attached = "=".equals(info.get("separator"));
            if (attached || arguments.isEmpty() || arguments.peek().matches("\\d+")) {
                return false; // as usual
            }
            option.setValue(DEFAULT_WATCH_SECONDS);
            return true;
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ShowField field = check();
        if (watchSeconds == null) {
            return show(field);
        }
        return watch(field);
    }

    private int watch(ShowField field) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        boolean screen = Terminal.isOutput();
        boolean rates = !json && field == null && !"interfaces".equals(what);
        out.print(screen ? CLEAR : "");
        while (!out.checkError() && !System.out.checkError()) { // until the reader is gone
            if (rates) {
                String text = rates();
                out.print(
                        screen
                                ? HOME + text.replace("\n", CLEAR_LINE + "\n") + CLEAR_REST
                                : LOCAL_TIME.format(Instant.now()) + "\n" + text + "\n");
                out.flush();
            } else {
                out.print(screen ? CLEAR : "");
                try {
                    show(field);
                } catch (IOException e) { // it may come again
                    spec.commandLine().getErr().println("wgj: " + e.getMessage());
                }
            }
            Thread.sleep(1000L * watchSeconds);
        }
        return 0;
    }

    /** Takes a sample of each interface and returns all of their texts. */
    private String rates() {
        List<String> names;
        try {
            names = what == null || what.equals(ALL) ? UapiClient.interfaces() : List.of(what);
        } catch (IOException e) {
            return e.getMessage() + "\n";
        }
        watches.keySet().retainAll(names);
        List<String> texts = new ArrayList<>();
        for (String name : names) {
            try {
                TunnelStatus status = UapiClient.of(name).get();
                texts.add(
                        watches.computeIfAbsent(name, _ -> new ShowWatch(Terminal.showsBars()))
                                .next(status, System.nanoTime(), Instant.now(), Terminal.colors()));
            } catch (IOException e) { // it may come again, as another interface of that name
                watches.remove(name);
                texts.add(e.getMessage() + "\n");
            }
        }
        return texts.isEmpty() ? "there is no interface\n" : String.join("\n", texts);
    }

    /** Checks the arguments and returns the field; null if no field was named. */
    private ShowField check() {
        if (watchSeconds != null && watchSeconds < 1) {
            throw usage("--watch: expected seconds from 1");
        }
        if ("interfaces".equals(what) && (fieldName != null || json)) {
            throw usage("interfaces: neither FIELD nor --json goes with it");
        }
        if (fieldName == null) {
            return null;
        }
        if (json) {
            throw usage("--json shows everything: expected no FIELD");
        }
        try {
            return ShowField.parse(fieldName);
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage());
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private int show(ShowField field) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        int exit = 0;
        if ("interfaces".equals(what)) {
            String names = String.join(" ", UapiClient.interfaces());
            out.print(names.isEmpty() ? "" : names + "\n");
        } else if (what == null || what.equals(ALL)) {
            exit = showAll(field);
        } else {
            JsonWriter writer = new JsonWriter();
            String text = one(UapiClient.of(what), field, false, writer);
            out.print(json ? writer + "\n" : text);
        }
        out.flush();
        return exit;
    }

    /** Skips interfaces that do not answer, and fails if none answers. */
    private int showAll(ShowField field) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        JsonWriter writer = new JsonWriter().begin('[');
        List<String> texts = new ArrayList<>();
        List<String> names = UapiClient.interfaces();
        for (String name : names) {
            try {
                texts.add(one(UapiClient.of(name), field, true, writer));
            } catch (IOException e) {
                spec.commandLine().getErr().println("wgj: " + e.getMessage());
            }
        }
        writer.end();
        out.print(json ? writer + "\n" : String.join(field == null ? "\n" : "", texts));
        return texts.isEmpty() && !names.isEmpty() ? 1 : 0;
    }

    /** Returns the text of an interface, or writes its JSON object and returns nothing. */
    private String one(UapiClient client, ShowField field, boolean withName, JsonWriter writer)
            throws IOException {
        StatusWithKeys all = client.statusWithKeys();
        try {
            if (json) {
                DataPathInfo dataPath = client.dataPath().orElse(null);
                ShowJson.write(writer, all, dataPath, Terminal.showsKeys());
                return "";
            }
            return field == null
                    ? ShowText.of(all, Terminal.colors(), Terminal.showsKeys(), Instant.now())
                    : field.of(all, withName);
        } finally {
            all.wipe();
        }
    }
}
