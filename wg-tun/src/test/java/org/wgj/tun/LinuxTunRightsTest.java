// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks the messages for a missing driver or right, with a {@link TunProbe} that runs without it.
 */
@Tag("root")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinuxTunRightsTest {
    private Netns netns;
    private Process probe;
    private BufferedReader printed;

    @BeforeEach
    void makeNamespace() throws Exception {
        netns = new Netns();
    }

    @AfterEach
    void deleteNamespace() throws Exception {
        if (probe != null) {
            probe.destroyForcibly().waitFor();
        }
        netns.close();
    }

    /** Starts the probe in the namespace, through a program that restricts its rights. */
    private void start(String... restriction) throws IOException {
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", netns.name()));
        words.addAll(List.of(restriction));
        words.add(System.getProperty("java.home") + "/bin/java");
        words.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m"));
        words.add("--enable-native-access=ALL-UNNAMED");
        words.addAll(List.of("-cp", System.getProperty("java.class.path")));
        words.addAll(List.of(TunProbe.class.getName(), "wg0"));
        probe = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        printed = probe.inputReader();
    }

    private void expect(String line) throws IOException {
        assertEquals(line, printed.readLine());
    }

    @Test
    void aMissingDeviceSaysHowToLoadTheDriverOrPassTheDevice() throws Exception {
        start("unshare", "--mount", "sh", "-c", "mount -t tmpfs none /dev/net && exec \"$@\"", "-");
        expect(
                "open /dev/net/tun: there is no TUN driver here; load it with \"modprobe tun\", or"
                        + " give a container \"--device /dev/net/tun\" (ENOENT)");
    }

    @Test
    void aDeviceThatMayNotBeOpenedSaysSo() throws Exception {
        start(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o nodev none /dev/net && mknod /dev/net/tun c 10 200 && exec"
                        + " \"$@\"",
                "-");
        String refusal = printed.readLine();
        assertTrue(
                refusal.startsWith("open /dev/net/tun: not allowed to open it; run as root"),
                refusal);
    }

    @Test
    void aMissingCapabilityIsNamed() throws Exception {
        start("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin");
        expect(
                "create interface wg0: needs the capability CAP_NET_ADMIN; run as root, or give a"
                        + " container \"--cap-add NET_ADMIN\" (EPERM)");
    }

    /** The probe may not enter the namespace that the interface moves to, as in a container. */
    @Test
    void stateNameAndMtuAreFollowedInANamespaceThatMayNotBeEntered() throws Exception {
        try (Netns elsewhere = new Netns()) {
            start("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin");
            expect("created wg0");
            expect("down wg0");
            netns.run("ip", "link", "set", "wg0", "up");
            expect("up wg0");
            netns.run("ip", "link", "set", "wg0", "mtu", "1300");
            expect("mtu 1300");
            netns.run("ip", "link", "set", "wg0", "netns", elsewhere.name());
            expect("down wg0");
            // An interface with the same name in the old namespace must not be confused with it.
            netns.run("ip", "tuntap", "add", "dev", "wg0", "mode", "tun");
            netns.run("ip", "link", "set", "wg0", "up", "mtu", "1111");
            elsewhere.run("ip", "link", "set", "wg0", "up");
            expect("up wg0");
            elsewhere.run("ip", "link", "set", "wg0", "mtu", "1290");
            expect("mtu 1290");
            elsewhere.run("ip", "link", "set", "wg0", "down");
            expect("down wg0");
            elsewhere.run("ip", "link", "set", "wg0", "name", "vpn7");
            elsewhere.run("ip", "link", "set", "vpn7", "up");
            expect("up vpn7");
            elsewhere.run("ip", "link", "set", "vpn7", "down");
            expect("down vpn7");
            elsewhere.run("ip", "link", "delete", "vpn7");
            expect("gone");
        }
    }
}
