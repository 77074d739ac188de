// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;

import java.time.Duration;

/** Tests the harness: it distinguishes success from failure, and removes everything it made. */
@Tag("root")
class HarnessTest {
    @Test
    void resultsOfScriptsComeBackAsTheyAre() {
        try (Host host = new Host("plain")) {
            Command.Result result = host.run("echo out; echo err >&2; exit 7");
            assertEquals(7, result.exit());
            assertEquals("out\n", result.out());
            assertEquals("err\n", result.err());
            Assertions.assertThrows(AssertionError.class, () -> host.sh("false"));
            Assertions.assertThrows(
                    AssertionError.class, () -> host.run(Duration.ofMillis(200), "sleep 60"));
        }
    }

    @Test
    void aHostSeesOnlyItsOwnProcessesLinksAndSockets() {
        try (Host host = new Host("alone")) {
            assertEquals("lo", host.sh("ls /sys/class/net"));
            assertEquals("", host.sh("ls /run"));
            assertFalse(host.sh("ps ax -o args").contains("surefire"));
        }
    }

    @Test
    void processesOfAHostEndWithIt() {
        String pid;
        try (Host host = new Host("ending")) {
            host.sh("setsid sleep 1234 >/dev/null 2>&1 &");
            pid = host.pid();
            assertTrue(ProcessHandle.of(Long.parseLong(pid)).isPresent());
        }
        Await.until(
                "its processes gone",
                () ->
                        ProcessHandle.allProcesses()
                                .noneMatch(
                                        process ->
                                                Long.toString(process.pid()).equals(pid)
                                                        || process.info()
                                                                .commandLine()
                                                                .orElse("")
                                                                .endsWith("sleep 1234")));
    }

    @Test
    void aCableCarriesBothFamilies() {
        try (Host a = new Host("a");
                Host b = new Host("b")) {
            Host.connect(a, "eth0", b, "eth0");
            a.address("eth0", "10.0.0.1/24");
            b.address("eth0", "10.0.0.2/24");
            a.address("eth0", "fd00::1/64");
            b.address("eth0", "fd00::2/64");
            Traffic.ping(a, "10.0.0.2");
            Traffic.ping(b, "fd00::1");
            assertFalse(Traffic.reaches(a, "10.0.0.3"));
        }
    }

    @Test
    void theVirtualMachineRunsScriptsAndHasWireGuard() {
        try (Host host = new Host("beside");
                KernelVm vm = KernelVm.boot(host)) {
            Command.Result result = vm.run("echo out; echo err >&2; exit 7");
            assertEquals(7, result.exit());
            assertEquals("out\n", result.out());
            assertEquals("err\n", result.err());
            Traffic.ping(host, KernelVm.IPV4);
            Traffic.ping(vm, KernelVm.HOST_IPV6);
            vm.sh("ip link add wg0 type wireguard");
            assertEquals("interface: wg0", vm.sh("wg show wg0"));
        }
    }
}
