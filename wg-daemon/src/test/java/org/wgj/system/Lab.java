// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Machine;
import org.wgj.lab.WgInterface;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The machines of one test class. Registered as a static extension it closes them after the last
 * test, whatever happened, and prints the daemons' logs when a test fails.
 */
final class Lab implements AfterAllCallback, AfterTestExecutionCallback {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Set<Daemon> daemons = new LinkedHashSet<>();

    Host host(String name) {
        Host host = new Host(name);
        open.push(host);
        return host;
    }

    KernelVm kernel(Host host) {
        KernelVm kernel = KernelVm.boot(host);
        open.push(kernel);
        return kernel;
    }

    Systemd systemd(Host host) {
        Systemd systemd = new Systemd(host);
        open.push(systemd);
        return systemd;
    }

    Daemon daemon(Host host, Implementation implementation, String interfaceName) {
        return daemon(host, implementation, interfaceName, Map.of());
    }

    Daemon daemon(
            Host host,
            Implementation implementation,
            String interfaceName,
            Map<String, String> environment) {
        Daemon daemon = Daemon.start(host, implementation, interfaceName, environment);
        daemons.add(daemon);
        return daemon;
    }

    /** An interface of the given implementation on a machine that can have it. */
    WgInterface wireguard(Machine machine, Implementation implementation, String name) {
        return wireguard(machine, implementation, name, Map.of());
    }

    WgInterface wireguard(
            Machine machine,
            Implementation implementation,
            String name,
            Map<String, String> environment) {
        switch (machine) {
            case Host host -> daemon(host, implementation, name, environment);
            default -> machine.sh("ip link add %s type wireguard", name);
        }
        return new WgInterface(machine, name);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        boolean failed =
                context.getExecutionException()
                        .filter(exception -> !(exception instanceof TestAbortedException))
                        .isPresent();
        if (failed) {
            System.err.println(context.getDisplayName() + " failed; the daemons' last words:");
            daemons.forEach(daemon -> System.err.println("--- " + daemon + "\n" + daemon.log()));
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
