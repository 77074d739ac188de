// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The capability that a hook may lack, guessed from the programs in it. Hooks of a service or a
 * container get at most the bounding set that it was started with.
 */
enum MissingCapability {
    // The numbers are those of linux/capability.h.
    CHOWN(0, "chown|chgrp|install"),
    FOWNER(3, "chmod|setfacl"),
    KILL(5, "kill|pkill|killall"),
    SETUID(7, "su|sudo|runuser|setpriv"),
    NET_RAW(13, "ip6?tables(-legacy)?(-restore)?|ping6?|arping|tcpdump|traceroute"),
    SYS_MODULE(16, "modprobe|insmod|rmmod"),
    SYS_ADMIN(21, "mount|umount|nsenter|unshare|ip +netns");

    /** The shell's exit code for a program that it may not run, such as one with capabilities. */
    private static final int NOT_EXECUTABLE = 126;

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String BOUNDING_SET = "CapBnd:";

    private final int bit;
    private final Pattern programs;

    MissingCapability(int bit, String programs) {
        this.bit = bit;
        this.programs = Pattern.compile("(^|[\\s;&|(/])(" + programs + ")($|[\\s;&|)])");
    }

    /** Returns what to add to the message that a hook failed; empty if nothing is missing. */
    static String advice(String command, int exit, String interfaceName) {
        return advice(command, exit, interfaceName, boundingSet(), Libc.geteuid() == 0);
    }

    static String advice(String command, int exit, String interfaceName, long held, boolean root) {
        List<MissingCapability> missing =
                Arrays.stream(values()).filter(one -> (held >>> one.bit & 1) == 0).toList();
        String lacks =
                missing.stream()
                        .filter(one -> one.programs.matcher(command).find())
                        .map(Enum::name)
                        .findFirst()
                        .orElse(exit == NOT_EXECUTABLE && !missing.isEmpty() ? "" : null);
        if (lacks == null) {
            return "";
        }
        String name = lacks.isEmpty() ? "CAPABILITY" : lacks;
        return "; it may lack "
                + (lacks.isEmpty() ? "a capability" : "the capability " + lacks)
                + ", which hooks do not have here: "
                + (root
                        ? "systemctl edit wgj@%s, [Service] CapabilityBoundingSet=CAP_%s; or docker run --cap-add %2$s"
                                .formatted(interfaceName, name)
                        : "only a run as root has it");
    }

    /** Returns the bounding set; all capabilities if it is unknown. */
    private static long boundingSet() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(BOUNDING_SET)) {
                    return Long.parseUnsignedLong(
                            line.substring(BOUNDING_SET.length()).strip(), 16);
                }
            }
        } catch (IOException e) {
            // Without /proc the set is unknown.
        }
        return -1;
    }
}
