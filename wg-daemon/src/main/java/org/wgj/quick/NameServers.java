// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.protocol.IpText;
import org.wgj.quick.ResolvConfFile.Content;
import org.wgj.tunnel.config.QuickConfig;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name servers of an interface: through the program resolvconf, as {@code wg-quick} does it,
 * and where there is none in /etc/resolv.conf, whose text comes back when the interface goes down.
 */
final class NameServers {
    private static final Path FILE = Path.of("/etc/resolv.conf");
    private static final Path INTERFACE_ORDER = Path.of("/etc/resolvconf/interface-order");
    private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9-]+)\\*");

    private final String interfaceName;
    private final ResolvConfFile file;
    private final Output output;

    NameServers(String interfaceName, Output output) {
        this(interfaceName, new ResolvConfFile(FILE), output);
    }

    NameServers(String interfaceName, ResolvConfFile file, Output output) {
        this.interfaceName = interfaceName;
        this.file = file;
        this.output = output;
    }

    /** Search domains alone change nothing, as with {@code wg-quick}. */
    void set(Journal journal, QuickConfig quick) throws IOException {
        if (quick.dnsServers().isEmpty()) {
            if (!quick.dnsSearch().isEmpty()) {
                output.warn(
                        "DNS names domains to search in, but no address of a name server: nothing"
                                + " changes");
            }
            return;
        }
        String text = text(quick);
        if (Programs.has("resolvconf")) {
            String record = record();
            journal.append(new Step.Resolvconf(record));
            output.step("resolvconf -a " + record + " -m 0 -x");
            Programs.mustRun(text, List.of("resolvconf", "-a", record, "-m", "0", "-x"));
            return;
        }
        try (var _ = Journal.lockShared()) {
            Content before = original(journal, file.read());
            String written = "# by wgj for " + interfaceName + " until it goes down\n" + text;
            journal.append(new Step.ResolvConfFile(before.text(), before.link(), written));
            output.step("printf '" + text.replace("\n", "\\n") + "' > " + FILE);
            file.write(new Content(written, false));
        }
    }

    /** What comes back later is never a text that an earlier up of this interface has left. */
    private static Content original(Journal journal, Content now) {
        for (Step step : journal.steps().reversed()) {
            if (step instanceof Step.ResolvConfFile(var old, boolean link, var written)
                    && now.equals(new Content(written, false))) {
                return new Content(old, link);
            }
        }
        return now;
    }

    private static String text(QuickConfig quick) {
        StringBuilder text = new StringBuilder();
        for (InetAddress server : quick.dnsServers()) {
            text.append("nameserver ").append(IpText.format(server)).append('\n');
        }
        if (!quick.dnsSearch().isEmpty()) {
            text.append("search ").append(String.join(" ", quick.dnsSearch())).append('\n');
        }
        return text.toString();
    }

    /** Debian's resolvconf wants to know what kind of interface it is, such as {@code tun.wg0}. */
    private String record() throws IOException {
        if (Files.isRegularFile(INTERFACE_ORDER)) {
            for (String line : Files.readAllLines(INTERFACE_ORDER)) {
                Matcher prefix = PREFIX.matcher(line.strip());
                if (prefix.matches()) {
                    return prefix.group(1) + "." + interfaceName;
                }
            }
        }
        return interfaceName;
    }

    void unset(Step.Resolvconf step) throws IOException {
        unset(step.record());
    }

    /** Of an interface that another program brought up. */
    void unsetRecord() throws IOException {
        if (Programs.has("resolvconf")) {
            unset(record());
        }
    }

    private void unset(String record) throws IOException {
        if (!Programs.has("resolvconf")) {
            throw new IOException("resolvconf is gone: the name servers of " + record + " stay");
        }
        output.step("resolvconf -d " + record + " -f");
        Programs.mustRunInNewSession("", List.of("resolvconf", "-d", record, "-f"));
    }

    /**
     * Brings back the text there was before. Where another interface has written over ours since,
     * it is told to bring that text back; where somebody else has, it stays.
     *
     * @param step the latest of the journal's: an earlier one was replaced by it, but its text may
     *     still be in the file where that could not be written
     */
    void unset(Journal journal, Step.ResolvConfFile step) throws IOException {
        try (var _ = Journal.lockShared()) {
            Content now = file.read();
            Content before = new Content(step.before(), step.link());
            if (now.equals(before)) {
                return; // it was not written yet, or is back already
            }
            List<String> ours = new ArrayList<>(List.of(step.written()));
            for (Step each : journal.steps()) {
                if (each instanceof Step.ResolvConfFile(var _, var _, var written)) {
                    ours.add(written);
                }
            }
            if (!now.link() && ours.contains(now.text())) {
                output.step("restore " + FILE);
                file.write(before);
                return;
            }
            for (Journal.Other other : journal.others()) {
                for (Step theirs : other.steps().reversed()) {
                    if (theirs instanceof Step.ResolvConfFile(var old, boolean link, var written)) {
                        if (!link && ours.contains(old)) {
                            other.append(
                                    new Step.ResolvConfFile(step.before(), step.link(), written));
                            return;
                        }
                        break;
                    }
                }
            }
            output.warn(FILE + " was changed meanwhile and stays as it is");
        }
    }
}
