// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Tests each filter in its own process, because a filter cannot be removed. */
class SystemCallFilterTest {
    private static List<String> allowed(String filter, String privileges) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FilteredProgram.class.getName(),
                        filter);
        builder.environment().put("WGJ_PRIVILEGES", privileges);
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertEquals(0, process.waitFor());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return out.lines().toList();
    }

    @Test
    void aTunnelCanMakeNoneOfTheCallsOnAnyThread() throws IOException {
        assertEquals(List.of(), allowed("tunnel", ""));
    }

    @Test
    void aProcessWithProgramsCanOnlyStartThem() throws IOException {
        assertEquals(List.of("execve", "execveat", "a program"), allowed("programs", ""));
    }

    /** Shows that the other tests see the filter, and not calls that the kernel denies anyway. */
    @Test
    void noCallIsDeniedIfAllPrivilegesAreKept() throws IOException {
        List<String> allowed = allowed("tunnel", "all");
        assertTrue(
                allowed.containsAll(List.of("execve", "process_madvise", "fsconfig", "a program")),
                allowed::toString);
        assertTrue(allowed.containsAll(List.of("clone with bit 28", "clone3")), allowed::toString);
    }

    /** Compares the numbers with the kernel's headers, if they are installed. */
    @Test
    void theNumbersAreThoseOfTheKernel() throws IOException {
        Map<String, Integer> x86 = numbers("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
        Map<String, Integer> arm = numbers("/usr/include/asm-generic/unistd.h");
        assumeTrue(!x86.isEmpty() && !arm.isEmpty(), "no headers of the kernel");
        Stream.of(
                        SystemCall.NEVER_NEEDED,
                        SystemCall.EXECUTE,
                        List.of(SystemCall.CLONE, SystemCall.CLONE3))
                .flatMap(List::stream)
                .forEach(
                        call -> {
                            assertEquals(call.x86(), x86.get(call.name()), call.name());
                            assertEquals(
                                    call.arm(),
                                    arm.getOrDefault(call.name(), SystemCall.NONE),
                                    call.name());
                        });
    }

    private static Map<String, Integer> numbers(String header) throws IOException {
        Map<String, Integer> numbers = new HashMap<>();
        if (Files.exists(Path.of(header))) {
            Pattern line = Pattern.compile("#define __NR_(\\w+)\\s+(\\d+).*");
            for (String text : Files.readAllLines(Path.of(header))) {
                Matcher matcher = line.matcher(text);
                if (matcher.matches()) {
                    numbers.put(matcher.group(1), Integer.parseInt(matcher.group(2)));
                }
            }
        }
        return numbers;
    }
}
