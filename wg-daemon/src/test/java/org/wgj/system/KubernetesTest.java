// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.wgj.cli.Wgj;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.proxy.ProxyConfig;
import org.wgj.proxy.ProxyFile;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The manifests of dist/kubernetes: fields and types as the API of Kubernetes 1.29 has them, and
 * what they claim of rights, probes and configuration.
 */
class KubernetesTest {
    @TempDir Path folder;

    static List<Path> manifests() throws IOException {
        try (Stream<Path> files = Files.list(Repository.folder().resolve("dist/kubernetes"))) {
            List<Path> found = files.sorted().toList();
            assertEquals(3, found.size(), found::toString);
            return found;
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> documents(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        List<Map<String, Object>> documents = new ArrayList<>();
        new Yaml(new SafeConstructor(options))
                .loadAll(new StringReader(text))
                .forEach(one -> documents.add((Map<String, Object>) one));
        return documents;
    }

    private static List<Map<String, Object>> documents(Path manifest) throws IOException {
        return documents(Files.readString(manifest));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> at(Map<String, Object> object, String... names) {
        Map<String, Object> here = object;
        for (String name : names) {
            here = (Map<String, Object>) here.get(name);
            assertNotNull(here, name);
        }
        return here;
    }

    @SuppressWarnings("unchecked")
    private static <T> List<T> list(Map<String, Object> object, String name) {
        return (List<T>) object.getOrDefault(name, List.of());
    }

    private static Map<String, Object> workload(Path manifest) throws IOException {
        return documents(manifest).getLast();
    }

    private static Map<String, Object> pod(Path manifest) throws IOException {
        return at(workload(manifest), "spec", "template", "spec");
    }

    private static List<Map<String, Object>> containers(Map<String, Object> pod) {
        List<Map<String, Object>> all = new ArrayList<>(list(pod, "initContainers"));
        all.addAll(list(pod, "containers"));
        return all;
    }

    private static Map<String, Object> wgj(Map<String, Object> pod) {
        return containers(pod).stream()
                .filter(one -> one.get("name").equals("wgj"))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void everyFieldIsOneOfKubernetesAndHasItsType(Path manifest) throws IOException {
        for (Map<String, Object> document : documents(manifest)) {
            assertEquals(List.of(), KubernetesFields.problems(document));
        }
    }

    @Test
    void aWrongFieldIsFound() throws IOException {
        String text = Files.readString(manifests().getLast());
        for (String[] fault :
                new String[][] {
                    {"readOnlyRootFilesystem", "readonlyRootFilesystem"},
                    {"periodSeconds: 30", "periodSeconds: often"},
                    {"name: application", "title: application"},
                    {"cpu: 50m", "cpu: fifty"},
                    {"type: Recreate", "type: Replace"},
                    {"kind: Secret", "kind: Secrets"},
                }) {
            assertTrue(text.contains(fault[0]), fault[0]);
            List<String> problems = new ArrayList<>();
            documents(text.replace(fault[0], fault[1]))
                    .forEach(document -> problems.addAll(KubernetesFields.problems(document)));
            assertFalse(problems.isEmpty(), fault[1]);
        }
        assertThrows(
                RuntimeException.class,
                () -> documents(text.replace("replicas: 1", "replicas: 1\n  replicas: 2")));
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void namesThatReferToOneAnotherFit(Path manifest) throws IOException {
        Map<String, Object> workload = workload(manifest);
        assertEquals(
                at(workload, "spec", "selector", "matchLabels"),
                at(workload, "spec", "template", "metadata", "labels"));
        Map<String, Object> pod = pod(manifest);
        Set<Object> volumes = new HashSet<>();
        Set<Object> secrets = new HashSet<>();
        for (Map<String, Object> volume :
                KubernetesTest.<Map<String, Object>>list(pod, "volumes")) {
            assertTrue(volumes.add(volume.get("name")), volume::toString);
            if (volume.containsKey("secret")) {
                secrets.add(at(volume, "secret").get("secretName"));
            }
        }
        Set<Object> mounted = new HashSet<>();
        for (Map<String, Object> container : containers(pod)) {
            for (Map<String, Object> mount :
                    KubernetesTest.<Map<String, Object>>list(container, "volumeMounts")) {
                mounted.add(mount.get("name"));
            }
        }
        assertEquals(volumes, mounted);
        Set<Object> here = new HashSet<>();
        for (Map<String, Object> document : documents(manifest)) {
            if (document.get("kind").equals("Secret")) {
                here.add(at(document, "metadata").get("name"));
                assertEquals(
                        at(workload, "metadata").get("namespace"),
                        at(document, "metadata").get("namespace"));
            }
        }
        assertEquals(here, secrets);
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void theSidecarHasFewRightsProbesAndBounds(Path manifest) throws IOException {
        boolean rootless = manifest.toString().contains("rootless");
        Map<String, Object> pod = pod(manifest);
        assertEquals(Boolean.FALSE, pod.get("automountServiceAccountToken"));
        assertEquals("RuntimeDefault", at(pod, "securityContext", "seccompProfile").get("type"));
        for (Map<String, Object> container : containers(pod)) {
            Map<String, Object> rights = at(container, "securityContext");
            assertEquals(Boolean.FALSE, rights.get("allowPrivilegeEscalation"));
            assertEquals(Boolean.TRUE, rights.get("readOnlyRootFilesystem"));
            assertEquals(List.of("ALL"), at(rights, "capabilities").get("drop"));
            boolean tun = container.get("name").equals("wgj") && !rootless;
            assertEquals(
                    tun ? List.of("NET_ADMIN") : List.of(),
                    list(at(rights, "capabilities"), "add"));
            assertNotNull(at(container, "resources", "limits").get("memory"));
            assertNotNull(at(container, "resources", "requests").get("cpu"));
        }
        assertEquals(rootless, Boolean.TRUE.equals(at(pod, "securityContext").get("runAsNonRoot")));
        assertEquals(!rootless, pod.toString().contains("hostPath"));
        for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
            List<String> words = list(at(wgj(pod), probe, "exec"), "command");
            assertEquals(List.of("java", "@/usr/lib/wgj/wgj"), words.subList(0, 2));
            parse(words.subList(2, words.size()));
        }
        assertEquals("512Mi", at(wgj(pod), "resources", "limits").get("memory"), "heap: 256 MB");
        assertTrue(wgj(pod).get("image").toString().matches("wgj:\\d+\\.\\d+\\.\\d+"));
        List<String> arguments = list(wgj(pod), "args");
        parse(arguments);
        assertEquals(rootless, arguments.contains("--userspace"));
    }

    /** Fails if a word is not one of the command line. */
    private static void parse(List<String> words) {
        var unused = Wgj.commandLine().parseArgs(words.toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void theConfigurationIsValidOnceTheKeysAreThere(Path manifest) throws IOException {
        int files = 0;
        for (Map<String, Object> document : documents(manifest)) {
            if (!document.get("kind").equals("Secret")) {
                continue;
            }
            Map<String, Object> data = new HashMap<>(at(document, "stringData"));
            for (Map.Entry<String, Object> each : data.entrySet()) {
                assertTrue(each.getKey().endsWith(".conf"), each::getKey);
                String text =
                        each.getValue()
                                .toString()
                                .replaceAll(
                                        "REPLACE_BY_THE_PRIVATE\\w*",
                                        KeyPair.generate().privateKey())
                                .replaceAll(
                                        "REPLACE_BY_THE_PUBLIC\\w*",
                                        KeyPair.generate().publicKey());
                Path file = Files.writeString(folder.resolve(each.getKey()), text);
                ProxyConfig config = ProxyFile.read(file, Map.of());
                config.wipe();
                assertEquals(1, config.tunnel().peers().size());
                assertEquals(
                        manifest.toString().contains("rootless") ? 1 : 0, config.sections().size());
                files++;
            }
        }
        assertEquals(1, files);
    }
}
