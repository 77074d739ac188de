// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * No key appears in output, logs or process listings, with every mistake beside a key; and what
 * other users can see of the processes and files.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecretsTest {
    @RegisterExtension final Lab lab = new Lab();

    private final KeyPair own = KeyPair.generate();
    private final KeyPair peer = KeyPair.generate();
    private final String preshared = KeyPair.presharedKey();
    private final String wgj =
            "LOG_LEVEL=trace '" + Implementation.WGJ.launcher().resolveSibling("wgj") + "'";
    private Host host;

    @BeforeAll
    void open() {
        host = lab.host("host");
    }

    /** The part of a key to search for: its first 20 characters would be most of a key already. */
    private static List<String> spellings(String key) {
        List<String> all = new ArrayList<>();
        String hex = HexFormat.of().formatHex(Base64.getDecoder().decode(key));
        for (String text : List.of(key, hex, hex.toUpperCase())) {
            all.add(text.substring(0, 20));
            all.add(text.substring(text.length() - 21, text.length() - 1));
        }
        return all;
    }

    private void assertNoKey(String text) {
        for (String key : List.of(own.privateKey(), preshared)) {
            for (String spelling : spellings(key)) {
                assertFalse(text.contains(spelling), () -> "a key, or most of it, in: " + text);
            }
        }
    }

    private Command.Result wgj(String format, Object... arguments) {
        Command.Result result = host.run(wgj + " " + format.formatted(arguments));
        assertNoKey(result.text());
        assertNoKey(processes());
        return result;
    }

    private String processes() {
        return host.sh("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '");
    }

    private void assertFails(String format, Object... arguments) {
        Command.Result result = wgj(format, arguments);
        assertNotEquals(0, result.exit(), result::toString);
        assertFalse(result.text().isBlank(), "it does not say why");
    }

    private String config(String privateKey, String presharedKey, String more) {
        return """
        [Interface]
        PrivateKey = %s
        %s
        [Peer]
        PublicKey = %s
        PresharedKey = %s
        AllowedIPs = 10.0.0.2/32
        """
                .formatted(privateKey, more, peer.publicKey(), presharedKey);
    }

    @Test
    void noKeyIsPrintedLoggedOrListed() {
        String file =
                host.file("wg0.conf", config(own.privateKey(), preshared, "Address = 10.0.0.1/32"));
        wgj("up %s", file).orFail();
        assertTrue(processes().contains("wg0"), "the daemon was not looked at");
        wgj("show").orFail();
        wgj("show wg0 --json").orFail();
        wgj("show wg0 endpoints").orFail();
        wgj("doctor wg0 --json");
        wgj("doctor wg0");
        wgj("save %s", file).orFail();
        assertEquals("600", host.sh("stat -c %%a %s", file));
        // Commands that must print keys: the search finds them.
        assertTrue(host.sh("%s showconf wg0", wgj).contains(own.privateKey()));
        assertTrue(host.sh("%s show wg0 preshared-keys", wgj).contains(preshared));

        String key = host.file("key", own.privateKey());
        wgj("set wg0 private-key %s", key).orFail();
        String tooShort = host.file("short", preshared.substring(1));
        assertFails("set wg0 peer %s preshared-key %s", peer.publicKey(), tooShort);
        assertFails("set wg0 private-key %s", own.privateKey());
        assertFails("set wg0 peer %s preshared-key %s", peer.publicKey(), preshared);
        assertFails("set wg0 peer %s", preshared.substring(1));
        assertFails("set wg0 %s", preshared);
        assertFails("%s", preshared);
        String missing = "/run/a-folder-with-a-long-name/and-a-private.key";
        assertTrue(wgj("set wg0 private-key %s", missing).err().contains(missing));

        String hex = HexFormat.of().formatHex(Base64.getDecoder().decode(own.privateKey()));
        for (String line : List.of("private_key=" + hex.substring(1), hex + "=1", hex)) {
            String answer = Uapi.exchange(host, "wg0", "set=1\n" + line + "\n\n");
            assertTrue(answer.startsWith("errno=-"), answer);
            assertNoKey(answer);
        }
        wgj("down %s", file).orFail();
    }

    @Test
    void aWrongFileIsRefusedWithoutItsKeys() {
        String good = own.privateKey();
        List<String> wrong =
                List.of(
                        config(good.substring(1), preshared, ""),
                        config(good, preshared.substring(1), ""),
                        config(good + "x", preshared, ""),
                        config(good + " " + preshared, preshared, ""),
                        config(good, preshared, preshared),
                        config(good, preshared, preshared + " = 1"),
                        config(good, preshared, "Privatekee = " + preshared),
                        config(good, preshared, "ListenPort = " + preshared),
                        config(good, preshared, "MTU = " + preshared),
                        config(good, preshared, "Address = " + preshared),
                        config(good, preshared, "Table = " + preshared),
                        config(good, preshared, "FwMark = " + preshared),
                        config(good, preshared, "SaveConfig = " + preshared),
                        config(good, preshared, "[" + preshared + "]"),
                        config(good, preshared, "").replace("10.0.0.2/32", preshared.substring(1)));
        for (String text : wrong) {
            String file = host.file("wg1.conf", text);
            assertFails("up %s", file);
        }
        String file = host.file("wg1.conf", config(good.substring(1), preshared, ""));
        assertFails("run %s", file);
        assertFails("doctor %s", file);
        assertFails("setconf wg1 %s", file);
    }

    /**
     * A JVM that crashes leaves a report, with pieces of its memory, in the folder it was started
     * in.
     */
    @Test
    void aCrashReportIsPrivateAndHooksHaveTheUmaskOfTheCaller() {
        String text = config(own.privateKey(), preshared, "PostUp = umask >/run/hook");
        String file = host.file("wg3.conf", text);
        String folder = "umask 027 && mkdir -p /run/crash && cd /run/crash && ";
        String caller = Implementation.WGJ.launcher().resolveSibling("wgj").toString();
        host.sh(folder + "'%s' up %s", caller, file);
        assertEquals("0027", host.sh("cat /run/hook && rm /run/hook"));
        host.sh("'%s' down %s", caller, file);

        host.sh(folder + "('%s' run %s </dev/null >/run/wg3.log 2>&1 &)", caller, file);
        Await.until("wg3 up", () -> host.run("test -s /run/hook").exit() == 0);
        assertEquals("0027", host.sh("cat /run/hook"));
        Daemon daemon = new Daemon(host, "wg3");
        assertEquals("0077", host.sh("grep Umask /proc/%s/status | cut -f 2", daemon.pid()));
        daemon.signal("SEGV");
        Await.until("the end of " + daemon, () -> daemon.pid().isEmpty());
        assertEquals("600", host.sh("stat -c %a /run/crash/hs_err*.log && rm -r /run/crash"));
        host.sh("'%s' down %s", caller, file);
    }

    @Test
    void otherUsersSeeNothingOfTheDaemonsMemoryAndFiles() {
        Daemon daemon = lab.daemon(host, Implementation.WGJ, "wg2");
        String pid = daemon.pid();
        assertEquals(
                "0 0",
                host.sh(
                        "grep 'Max core file size' /proc/%s/limits | tr -s ' ' | cut -d ' ' -f 5,6",
                        pid));
        // Root without CAP_SYS_PTRACE sees its own processes, but not one that cannot be dumped.
        String looks =
                "setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace sh -c"
                        + " 'sleep 30 & readlink /proc/$!/exe >&2; seen=$?; kill $!; echo $seen;"
                        + " readlink /proc/%s/exe >&2; echo $?'";
        assertEquals("0\n1", host.sh(looks, pid));
        assertEquals("0077", host.sh("grep Umask /proc/%s/status | cut -f 2", pid));
        assertEquals("600", host.sh("stat -c %%a %s", daemon.socket()));
        assertEquals("700", host.sh("stat -c %a /run/wireguard"));
        String options = host.sh("tr '\\0' '\\n' </proc/%s/cmdline", pid);
        assertTrue(options.contains("-XX:-HeapDumpOnOutOfMemoryError"), options);
        assertTrue(options.contains("-XX:-UsePerfData"), options);
        host.sh("ip link del wg2");
        daemon.awaitGone();
    }
}
