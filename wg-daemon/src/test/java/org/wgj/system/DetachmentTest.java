// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

/** A daemon in the background keeps nothing of its caller, and its start prints only errors. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DetachmentTest {
    @RegisterExtension final Lab lab = new Lab();

    private Host host;

    @BeforeAll
    void open() {
        OnlyOurs.assume("wireguard-go keeps its caller's folder and environment");
        host = lab.host("host");
        host.sh("printf '[Interface]\\nPrivateKey = %s\\n' $(wg genkey) >/run/wg0.conf");
        host.sh("chmod 600 /run/wg0.conf && mkdir /run/folder /run/wireguard");
        host.sh("ln -s '%s' /run/bin", Repository.folder().resolve("bin"));
    }

    private void delete(Daemon daemon) {
        host.sh("ip link delete wg0");
        daemon.awaitGone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/run/bin/wireguard-java wg0", "/run/bin/wgj up /run/wg0.conf"})
    void nothingOfTheCallerIsKept(String command) {
        host.sh(
                """
                mount -t tmpfs tmpfs /run/folder
                cd /run/folder
                export MY_SECRET=hunter2
                said=$(true | %s 2>&1 7</etc/passwd 255</etc/hosts) # ends when all have closed it
                case $said in *WARNING*) exit 9 ;; esac
                cd /
                umount /run/folder
                """
                        .formatted(command));
        Daemon daemon = new Daemon(host, "wg0");
        String pid = daemon.pid();
        for (int standard = 0; standard < 3; standard++) {
            assertEquals("/dev/null", host.sh("readlink /proc/%s/fd/%d", pid, standard));
        }
        String open = host.sh("ls -l /proc/%s/fd", pid);
        assertFalse(open.contains("/etc/"), open);
        assertFalse(open.contains("pipe:"), open);
        assertFalse(host.sh("tr '\\0' '\\n' </proc/%s/environ", pid).contains("hunter2"));
        assertEquals(pid, host.sh("ps -o sid= -p %s", pid).strip());
        delete(daemon);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/run/bin/wireguard-java wg0 <&- >&- 2>&-",
                "/run/bin/wgj up /run/wg0.conf <&- >&- 2>&-",
                "/run/bin/wireguard-java wg0 2>&-",
                "env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c '/run/bin/wgj up /run/wg0.conf |"
                        + " cat'"
            })
    void itStartsWithAnyClosedDescriptor(String command) {
        host.sh(command);
        Daemon daemon = new Daemon(host, "wg0");
        host.sh("wg set wg0 listen-port 51820 && ip link set wg0 up");
        assertEquals("51820", host.sh("wg show wg0 listen-port"));
        assertEquals("/dev/null", host.sh("readlink /proc/%s/fd/2", daemon.pid()));
        delete(daemon);
    }

    @Test
    void requestedLogsContinue() {
        host.sh("LOG_LEVEL=verbose /run/bin/wireguard-java wg0 2>/run/log");
        Daemon daemon = new Daemon(host, "wg0");
        host.sh("ip link set wg0 up");
        Await.until("a line", () -> host.run("grep -q 'wg0: interface up' /run/log").exit() == 0);
        assertFalse(host.sh("cat /run/log").contains("WARNING"));
        delete(daemon);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/run/bin/wireguard-java wg0",
                "/run/bin/wireguard-java -f wg0",
                "/run/bin/wgj run /run/wg0.conf",
                "/run/bin/wgj up /run/wg0.conf"
            })
    void errorsBeforeItIsReadyReachTheCaller(String command) {
        Command.Result result =
                host.run(
                        "said=$(WGJ_JAVA_OPTS=-XX:+Nonsense %s 2>&1); echo \"$? $said\""
                                .formatted(command));
        assertTrue(
                result.out().matches("(?s)1 .*Unrecognized VM option 'Nonsense'.*"),
                result::toString);
        host.sh("ip link add wg0 type veth peer name peer0");
        result = host.run("said=$(%s 2>&1); echo \"$? $said\"".formatted(command));
        host.sh("ip link delete wg0");
        assertTrue(
                result.out().matches("(?s)1 .*(exists already|already exists).*"),
                result::toString);
        assertFalse(result.out().contains("WARNING"), result::toString);
    }
}
