// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.FileOwner;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The sysctl src_valid_mark. Without it a strict source check (rp_filter=1) drops the answers to an
 * interface's marked datagrams.
 *
 * <p>All interfaces with a default route share it. The first one notes in a file beside the
 * journals that it was off, and the last one switches it off again.
 */
final class ValidMark {
    private static final String NAME = "net.ipv4.conf.all.src_valid_mark";
    private static final Path SWITCH = Path.of("/proc/sys/" + NAME.replace('.', '/'));

    private final Output output;

    ValidMark(Output output) {
        this.output = output;
    }

    private static Path note() {
        return Journal.directory().resolve("src_valid_mark");
    }

    /** The caller holds the shared lock, which has checked the owner of the folder. */
    private static boolean isNoted() throws IOException {
        Path note = note();
        if (!Files.exists(note, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        FileOwner.of(note).requireOwnFile(note);
        return true;
    }

    void set(Journal journal) throws IOException {
        try (var _ = Journal.lockShared()) {
            if (isOn()) {
                if (isNoted()) {
                    journal.append(new Step.ValidMark());
                }
                return;
            }
            journal.append(new Step.ValidMark());
            if (!isNoted()) {
                Files.writeString(note(), "0\n", StandardOpenOption.CREATE_NEW);
            }
            output.step("sysctl -q " + NAME + "=1");
            try {
                Files.writeString(SWITCH, "1\n");
            } catch (IOException e) {
                Files.deleteIfExists(note());
                output.warn(
                        NAME
                                + " cannot be set, /proc/sys is not writable: where rp_filter is 1"
                                + " the answers to the tunnel's own packets are dropped; give a"
                                + " container \"--sysctl "
                                + NAME
                                + "=1\"");
            }
        }
    }

    private static boolean isOn() throws IOException {
        return Files.readString(SWITCH).strip().equals("1");
    }

    /** Switches it off if no rule needs it any more. Call this after our rules are removed. */
    void unset(RtNetlink net) throws IOException {
        try (var _ = Journal.lockShared()) {
            boolean needed =
                    net.rules().stream()
                            .anyMatch(rule -> rule.ipv4() && rule.not() && rule.fwmark() != 0);
            if (needed || !isNoted()) {
                return;
            }
            if (isOn()) {
                output.step("sysctl -q " + NAME + "=0");
                Files.writeString(SWITCH, "0\n");
            }
            Files.deleteIfExists(note());
        }
    }
}
