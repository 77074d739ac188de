// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.KeyPair;

import java.util.Base64;
import java.util.HexFormat;

/**
 * {@code wgj proxy}, {@code nc} and {@code ping} as a user without any right, on a host without a
 * TUN device. Their target is the information page of a second proxy, behind its tunnel.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyTest {
    @RegisterExtension final Lab lab = new Lab();

    private static final String REQUEST = "printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n'";

    private final KeyPair far = KeyPair.generate();
    private final KeyPair near = KeyPair.generate();
    private final KeyPair command = KeyPair.generate();
    private Host host;
    private String wgj;

    @BeforeAll
    void startTheFarSide() {
        host = lab.host("host");
        wgj =
                "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
                        + " --bounding-set=-all env HOME=/nonexistent XDG_RUNTIME_DIR=/run/u "
                        + OpenCopy.of(host);
        host.sh("umount /dev/net/tun; mkdir -p /run/p; install -d -o 65534 -m 700 /run/u");
        file(
                "far.conf",
                """
                [Interface]
                Address = 10.0.0.1/24
                PrivateKey = %s
                ListenPort = 51820
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.0.0.2/32
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.0.0.3/32
                [TCPServerTunnel]
                ListenPort = 80
                Target = 127.0.0.1:9000
                """
                        .formatted(far.privateKey(), near.publicKey(), command.publicKey()));
        host.sh("%s proxy -d -i 127.0.0.1:9000 /run/p/far.conf", wgj);
        file("command.conf", tunnel("10.0.0.3", command, ""));
    }

    private void file(String name, String text) {
        host.file("p/" + name, text);
        host.sh("chown 65534 /run/p/%s", name);
    }

    private String tunnel(String address, KeyPair keys, String more) {
        return """
        [Interface]
        Address = %s/24
        PrivateKey = %s
        [Peer]
        PublicKey = %s
        Endpoint = 127.0.0.1:51820
        AllowedIPs = 10.0.0.0/24
        %s
        """
                .formatted(address, keys.privateKey(), far.publicKey(), more);
    }

    @BeforeEach
    void configure() {
        file("near.conf", tunnel("10.0.0.2", near, proxy(8080)));
    }

    private static String proxy(int port) {
        return "[http]\nBindAddress = 127.0.0.1:" + port + "\n";
    }

    @AfterEach
    void stopTheNearSide() {
        host.run("pkill -TERM -f near[.]conf; while pgrep -f near[.]conf; do sleep 0.1; done");
    }

    /** Returns the far page, through the HTTP proxy of this port. */
    private Command.Result fetch(int port) {
        return host.run(
                "exec 3<>/dev/tcp/127.0.0.1/"
                        + port
                        + " && printf 'GET http://10.0.0.1/readyz HTTP/1.0\\r\\n\\r\\n' >&3 && cat"
                        + " <&3");
    }

    @Test
    void aUserWithoutAnyRightReachesTheNetwork() {
        host.sh("cd / && %s proxy -d /run/p/near.conf 2>/run/p/near.log", wgj);
        assertEquals(
                "[!] /run/p/near.conf: there is no DNS in [Interface]: all names are asked for at"
                        + " the system's resolver, outside of the tunnel\n"
                        + "[#] http on 127.0.0.1:8080",
                host.sh("cat /run/p/near.log"));
        Command.Result result = fetch(8080);
        assertTrue(result.out().startsWith("HTTP/1.1 200 OK\r\n"), result::toString);
        assertTrue(result.out().endsWith("\r\n\r\n{}"), result::toString);
        String status = host.sh("cat /proc/$(pgrep -f 'near[.]conf')/status");
        assertTrue(status.contains("CapBnd:\t0000000000000000"), status);
        assertTrue(status.contains("Seccomp:\t2"), status);
    }

    @Test
    void aReloadOpensTheNewListenerAndKeepsAnOpenConnection() {
        host.sh("%s proxy -d /run/p/near.conf", wgj);
        openConnection();
        file("near.conf", tunnel("10.0.0.2", near, proxy(8081)));
        host.sh("kill -HUP $(pgrep -f 'near[.]conf')");
        Await.until("the new listener answers", () -> fetch(8081).out().endsWith("{}"));
        assertNotEquals(0, fetch(8080).exit());
        assertOpenConnectionAnswers();
    }

    /** Opens a connection through the proxy that waits in the middle of its request. */
    private void openConnection() {
        host.sh(
                """
                rm -f /run/p/go /run/p/waiting /run/p/answer
                (exec 3<>/dev/tcp/127.0.0.1/8080
                printf 'CONNECT 10.0.0.1:80 HTTP/1.1\\r\\n\\r\\nGET /readyz HT' >&3
                head -c 19 <&3 >/run/p/waiting
                until [ -e /run/p/go ]; do sleep 0.1; done
                printf 'TP/1.0\\r\\n\\r\\n' >&3
                cat <&3 >/run/p/answer.new
                mv /run/p/answer.new /run/p/answer) >/dev/null 2>&1 &
                until [ -s /run/p/waiting ]; do sleep 0.1; done
                """);
    }

    private void assertOpenConnectionAnswers() {
        host.sh("touch /run/p/go");
        Await.until("the answer has come", () -> host.run("test -e /run/p/answer").exit() == 0);
        String answer = host.sh("cat /run/p/answer");
        assertTrue(answer.endsWith("\r\n\r\n{}"), answer);
    }

    /** Where the far side sends the near side's packets: a second tunnel would move it. */
    private String endpointOfNear() {
        String metrics =
                host.sh(
                        "exec 3<>/dev/tcp/127.0.0.1/9000; printf 'GET /metrics"
                                + " HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3");
        String key = HexFormat.of().formatHex(Base64.getDecoder().decode(near.publicKey()));
        return metrics.lines()
                .dropWhile(line -> !line.equals("public_key=" + key))
                .filter(line -> line.startsWith("endpoint="))
                .findFirst()
                .orElseThrow(() -> new AssertionError(metrics));
    }

    @Test
    void commandsGoThroughTheProxyThatRunsWithTheirKey() {
        host.sh("%s proxy -d /run/p/near.conf", wgj);
        openConnection();
        String endpoint = endpointOfNear();
        String nc = wgj + " nc -c /run/p/near.conf 10.0.0.1 ";
        Command.Result result = host.run(REQUEST + " | " + nc + "80");
        assertEquals(0, result.exit(), result::toString);
        assertTrue(result.out().endsWith("\r\n\r\n{}"), result::toString);
        result = host.run(nc + "81 </dev/null");
        assertEquals("wgj: 10.0.0.1 port 81: Connection refused\n", result.err());
        assertEquals(1, result.exit(), result::toString);
        result = host.run(wgj + " ping --config /run/p/near.conf -c 2 -i 0.1 10.0.0.1");
        assertTrue(result.out().contains("2 received"), result::toString);
        String refusal = "wgj proxy /run/p/near.conf (process ";
        result = host.run(wgj + " proxy -d --http 127.0.0.1:8090 /run/p/near.conf");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains(refusal), result::toString);
        result = host.run(wgj + " run --userspace /run/p/near.conf");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains(refusal), result::toString);
        result = host.run(wgj + " doctor /run/p/near.conf --through 10.0.0.1");
        assertTrue(result.out().contains(refusal), result::toString);
        assertEquals(endpoint, endpointOfNear());
        assertOpenConnectionAnswers();
    }

    @Test
    void aKilledProxyIsNotInTheWay() {
        String list = "ls /run/u/wgj/tunnels";
        String before = host.sh(list); // the far side's
        host.sh("%s proxy -d /run/p/near.conf", wgj);
        assertEquals(before.lines().count() + 2, host.sh(list).lines().count());
        host.sh("kill -KILL $(pgrep -f 'near[.]conf')");
        Command.Result result = host.run(wgj + " ping --config /run/p/near.conf -c 1 10.0.0.1");
        assertEquals(0, result.exit(), result::toString);
        assertEquals(before, host.sh(list));
    }

    /** As with a read-only root and without a runtime folder. */
    @Test
    void withoutAPlaceForClaimsEverythingRuns() {
        String nowhere = wgj.replace("XDG_RUNTIME_DIR=/run/u", "XDG_RUNTIME_DIR= TMPDIR=/proc");
        Command.Result result =
                host.run(
                        "unshare -m bash -c 'mount -t tmpfs -o ro none /tmp && "
                                + nowhere
                                + " ping --config /run/p/near.conf -c 1 10.0.0.1'");
        assertEquals(0, result.exit(), result::toString);
    }

    @Test
    void ncCarriesStandardInputAndOutputAndEnds() {
        Command.Result result =
                host.run(REQUEST + " | " + wgj + " nc -c /run/p/command.conf 10.0.0.1 80");
        assertEquals(0, result.exit(), result::toString);
        assertEquals("", result.err());
        assertTrue(result.out().endsWith("\r\n\r\n{}"), result::toString);
        result = host.run(wgj + " nc -c /run/p/command.conf 10.0.0.1 81 </dev/null");
        assertEquals(1, result.exit(), result::toString);
        assertEquals("wgj: 10.0.0.1 port 81: Connection refused\n", result.err());
    }

    @Test
    void pingCountsAnswers() {
        Command.Result result =
                host.run(wgj + " ping --config /run/p/command.conf -c 2 -i 0.1 10.0.0.1");
        assertEquals(0, result.exit(), result::toString);
        assertTrue(
                result.out().contains("2 packets transmitted, 2 received, 0% packet loss"),
                result::toString);
        result = host.run(wgj + " ping --config /run/p/command.conf -c 1 -W 0.5 10.0.0.77");
        assertEquals(1, result.exit(), result::toString);
    }

    /** The peers would send the running proxy's packets to it. */
    @Test
    void doctorOpensNoTunnelBesideAProxyThatHoldsThePort() {
        // It looks elsewhere, and sees the proxy as little as one of another user.
        String elsewhere = wgj.replace("XDG_RUNTIME_DIR=/run/u", "XDG_RUNTIME_DIR=");
        Command.Result result = host.run(elsewhere + " doctor /run/p/far.conf --through 10.0.0.2");
        assertTrue(
                result.out().contains("UDP port 51820 of the file is taken: its tunnel may run"),
                result::toString);
    }

    @Test
    void standardStreamsOfAFileEndTheProcess() {
        file("stdio.conf", tunnel("10.0.0.3", command, "[STDIOTunnel]\nTarget = 10.0.0.1:80"));
        Command.Result result = host.run(REQUEST + " | " + wgj + " proxy -s /run/p/stdio.conf");
        assertEquals(0, result.exit(), result::toString);
        assertTrue(result.out().endsWith("\r\n\r\n{}"), result::toString);
        assertEquals("", result.err());
    }

    @Test
    void aTakenPortAndAWrongFileEndTheCommandInTheBackgroundToo() {
        file("near.conf", tunnel("10.0.0.2", near, proxy(9000)));
        Command.Result result = host.run(wgj + " proxy -d /run/p/near.conf");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains("cannot listen on TCP 127.0.0.1:9000"), result::toString);
        file("near.conf", tunnel("10.0.0.2", near, "[http]\nBindAddress = 9"));
        result = host.run(wgj + " proxy -d /run/p/near.conf");
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains("line 9, [http] BindAddress: expected"), result::toString);
        assertFalse(result.err().contains(near.privateKey()), result::toString);
    }
}
