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
 * Sets the name servers of an interface with the program resolvconf, as {@code wg-quick} does.
 * Without that program it writes /etc/resolv.conf and restores its text when the interface goes
 * down.
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

    /** Sets the name servers. Search domains alone change nothing, as with {@code wg-quick}. */
    void set(Journal journal, QuickConfig quick) throws IOException {
        if (quick.dnsServers().isEmpty()) {
            if (!quick.dnsSearch().isEmpty()) {
                output.warn(
                        "DNS has search domains but no address of a name server: nothing"
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

    /** Returns the text to restore later, never one that an earlier up of this interface left. */
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

    /** The interface with the prefix that Debian's resolvconf needs, such as {@code tun.wg0}. */
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

    /** Removes the record of an interface that another program brought up. */
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
     * Restores the earlier text. If another interface has replaced our text since, its journal gets
     * the text to restore. If another program has, its text stays.
     *
     * @param step the latest one in the journal, which replaced earlier ones; their text may still
     *     be in the file if it could not be written
     */
    void unset(Journal journal, Step.ResolvConfFile step) throws IOException {
        try (var _ = Journal.lockShared()) {
            Content now = file.read();
            Content before = new Content(step.before(), step.link());
            if (now.equals(before)) {
                return; // not written yet, or already restored
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
