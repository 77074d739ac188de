// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Host;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbered datagrams from one host to another, 100 a second, from when it is made. */
final class Flow {
    private static final Pattern SENT = Pattern.compile("sent (\\d+)");
    private static final Pattern LAST =
            Pattern.compile(
                    "received (\\d+) silent (\\d+) twice (\\d+) first (\\d+) missing (\\d+)");

    private final Process receiver;
    private final Process sender;
    private final BufferedReader said;

    /**
     * What came of it.
     *
     * @param silentMs the longest time without a datagram between two, in ms
     * @param first the number of the first that came, from 0
     * @param missing how many did not come before the last one, those before the first among them
     */
    record Count(int sent, int received, int silentMs, int twice, int first, int missing) {
        int lost() {
            return sent - received;
        }
    }

    /**
     * Starts it.
     *
     * @param address of the receiver; the sender needs no way to it yet
     */
    Flow(Host from, Host to, String address) throws IOException {
        receiver = to.startJava(SequenceTraffic.class, "receive", "9999");
        said = receiver.inputReader(StandardCharsets.UTF_8);
        StringBuilder all = new StringBuilder();
        for (String line = ""; !line.equals("ready"); all.append(line).append('\n')) {
            line = said.readLine();
            if (line == null) {
                throw new AssertionError("no receiver: " + all);
            }
        }
        sender = from.startJava(SequenceTraffic.class, "send", address, "9999");
    }

    /** Ends it, and prints what both say, with all gaps. */
    Count end() throws IOException, InterruptedException {
        sender.getOutputStream().close();
        List<String> sent = sender.inputReader(StandardCharsets.UTF_8).lines().toList();
        sender.waitFor();
        receiver.getOutputStream().close();
        List<String> received = said.lines().toList();
        System.out.println(sent + " " + received);
        Matcher first = SENT.matcher(sent.getLast());
        Matcher last = LAST.matcher(received.getLast());
        if (!first.matches() || !last.matches()) {
            throw new AssertionError(sent + " " + received);
        }
        return new Count(
                of(first, 1), of(last, 1), of(last, 2), of(last, 3), of(last, 4), of(last, 5));
    }

    private static int of(Matcher line, int group) {
        return Integer.parseInt(line.group(group));
    }
}
