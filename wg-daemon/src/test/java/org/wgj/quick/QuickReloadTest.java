// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.tun.LinuxTun;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tun.linux.Rule;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.uapi.UapiClient;
import org.wgj.uapi.UapiServer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Changes a running interface of this process in a network namespace of its own: afterwards rules,
 * routes and addresses are as after a new up.
 */
@Tag("root")
class QuickReloadTest {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final String PEER = "9jalV3EEBnVXahro0pRMQ+cHlmjE33Slo9tddzCVtCw=";

    @TempDir Path directory;
    private final RecordedOutput notes = new RecordedOutput();
    private Tunnel tunnel;
    private UapiServer server;

    @BeforeEach
    void putFilesElsewhere() {
        System.setProperty("wgj.state.directory", directory.resolve("state").toString());
        System.setProperty("wgj.uapi.directory", directory.resolve("sockets").toString());
    }

    @AfterEach
    void end() {
        System.clearProperty("wgj.state.directory");
        System.clearProperty("wgj.uapi.directory");
        if (server != null) {
            server.close();
            tunnel.close();
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void inNamespace(Action action) throws Exception {
        FutureTask<Void> task =
                new FutureTask<>(
                        () -> {
                            Function unshare = Function.getFunction("c", "unshare");
                            assertEquals(0, unshare.invokeInt(new Object[] {CLONE_NEWNET}));
                            action.run();
                            return null;
                        });
        Thread.ofPlatform().start(task);
        try {
            task.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private void start(String name) throws IOException {
        tunnel = Tunnel.builder(LinuxTun.create(name, 1420)).start();
        server = UapiServer.start(UapiServer.directory(), name, tunnel, () -> {});
    }

    private ConfigFile file(String interfaceLines, String peers) throws IOException {
        Path path = directory.resolve("wg0.conf");
        Files.writeString(
                path,
                """
                [Interface]
                PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
                %s
                %s
                """
                        .formatted(interfaceLines, peers));
        return ConfigFile.read(path.toString());
    }

    private static String peer(String allowedIps) {
        return "[Peer]\nPublicKey = " + PEER + "\nAllowedIPs = " + allowedIps + "\n";
    }

    private Quick quick(ConfigFile file) {
        EndpointResolver resolver = EndpointResolver.withRetries(0, notes::warn);
        return new Quick(file, (name, _) -> start(name), resolver, new CancellableWork(), notes);
    }

    private static List<String> destinations(RtNetlink net) throws IOException {
        return net.routes().stream()
                .filter(route -> "wg0".equals(route.link()) && route.kind() == Route.Kind.UNICAST)
                .filter(route -> !route.destination().address().isLinkLocalAddress())
                .map(route -> route.destination() + " " + route.table())
                .sorted()
                .toList();
    }

    @Test
    void routesAndAddressesFollowTheFileAndDownUndoesThem() throws Exception {
        inNamespace(
                () -> {
                    try (RtNetlink net = RtNetlink.open()) {
                        Quick quick =
                                quick(
                                        file(
                                                "Address = 10.9.0.1/24",
                                                peer("10.9.0.0/24, 10.20.0.0/16")));
                        quick.up();
                        assertEquals(
                                List.of("10.20.0.0/16 254", "10.9.0.0/24 254"), destinations(net));
                        int port = UapiClient.of("wg0").get().listenPort();

                        quick.reload(
                                file(
                                        "Address = 10.9.0.1/24, 10.8.0.1/24\nMTU = 1300",
                                        peer("10.9.0.0/24, 10.30.0.0/16, 10.30.1.0/24")));
                        assertEquals(
                                List.of(
                                        "10.30.0.0/16 254",
                                        "10.30.1.0/24 254",
                                        "10.8.0.0/24 254",
                                        "10.9.0.0/24 254"),
                                destinations(net));
                        assertEquals(1300, net.link("wg0").mtu());
                        assertEquals(port, UapiClient.of("wg0").get().listenPort());

                        notes.steps.clear();
                        quick.reload(
                                file(
                                        "Address = 10.9.0.1/24, 10.8.0.1/24\nMTU = 1300",
                                        peer("10.9.0.0/24, 10.30.0.0/16, 10.30.1.0/24")));
                        assertEquals(1, notes.steps.size(), notes.steps.toString());

                        quick.reload(file("Address = 10.8.0.1/24\nTable = off", ""));
                        assertEquals(List.of("10.8.0.0/24 254"), destinations(net));
                        assertFalse(net.addresses("wg0").contains(Cidr.parse("10.9.0.1/24")));

                        quick.down();
                        assertThrows(IOException.class, () -> net.link("wg0"));
                        assertFalse(Files.exists(directory.resolve("state")));
                        assertEquals(List.of(), notes.warnings);
                    }
                });
    }

    @Test
    void defaultRoutesComeAndGoWithTheirRulesAndTheMarkStays() throws Exception {
        inNamespace(
                () -> {
                    try (RtNetlink net = RtNetlink.open()) {
                        List<Rule> before = net.rules();
                        Quick quick = quick(file("Address = 10.9.0.1/24", peer("10.9.0.0/24")));
                        quick.up();
                        assertEquals(before, net.rules());

                        quick.reload(file("Address = 10.9.0.1/24", peer("0.0.0.0/0")));
                        assertTrue(
                                net.rules().contains(Rule.unlessMarked(true, 32765, 51820, 51820)));
                        assertTrue(net.rules().contains(Rule.mainWithoutDefault(true, 32764)));
                        assertEquals(51820, UapiClient.of("wg0").get().fwmark());

                        // A new range of another peer must change neither the mark nor the order of
                        // rules.
                        List<Rule> with = net.rules();
                        notes.steps.clear();
                        quick.reload(
                                file("Address = 10.9.0.1/24", peer("0.0.0.0/0, 10.20.0.0/16")));
                        assertEquals(with, net.rules());
                        assertEquals(51820, UapiClient.of("wg0").get().fwmark());

                        assertFalse(
                                notes.steps.stream().anyMatch(step -> step.contains("rule")),
                                notes.steps.toString());

                        // A mark in the file selects the table of that number.
                        quick.reload(file("Address = 10.9.0.1/24\nFwMark = 77", peer("0.0.0.0/0")));
                        assertTrue(
                                net.rules().contains(Rule.unlessMarked(true, 32765, 77, 77)),
                                net.rules().toString());
                        assertEquals(with.size(), net.rules().size());

                        quick.reload(
                                file("Address = 10.9.0.1/24\nFwMark = 77", peer("10.9.0.0/24")));
                        assertEquals(before, net.rules());

                        quick.reload(file("Address = 10.9.0.1/24", peer("0.0.0.0/0")));
                        quick.down();
                        assertEquals(before, net.rules());
                    }
                });
    }

    @Test
    void withoutIpv6TheIpv6LinesOfTheFileAreNoChange() throws Exception {
        inNamespace(
                () -> {
                    Files.writeString(Path.of("/proc/sys/net/ipv6/conf/all/disable_ipv6"), "1");
                    String addresses = "Address = 10.9.0.1/24, fd09::1/64";
                    try (RtNetlink net = RtNetlink.open()) {
                        Quick quick = quick(file(addresses, peer("0.0.0.0/0, ::/0")));
                        quick.up();
                        List<Rule> with = net.rules();
                        notes.steps.clear();
                        quick.reload(file(addresses, peer("0.0.0.0/0, ::/0")));
                        assertEquals(1, notes.steps.size(), notes.steps.toString());
                        assertEquals(with, net.rules());
                        quick.down();
                    }
                });
    }

    @Test
    void anInterfaceThatIsNotUpCannotBeReloaded() throws Exception {
        inNamespace(
                () -> {
                    ConfigFile file = file("", "");
                    IOException e = assertThrows(IOException.class, () -> quick(file).reload(file));
                    assertEquals("wg0 is not up", e.getMessage());
                    quick(file).down();
                    assertFalse(Files.exists(directory.resolve("state")));
                });
    }
}
