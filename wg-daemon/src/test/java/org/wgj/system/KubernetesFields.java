// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The fields of Kubernetes objects that the manifests may use, with their types, from the API
 * reference of Kubernetes 1.29. Any other field is a problem. Written out here because neither
 * Maven Central nor Debian has Kubernetes' schemas.
 */
final class KubernetesFields {
    /**
     * A line for each type: its name, then its fields as NAME:TYPE. A TYPE ends in {@code !} if the
     * field is required, begins with {@code []} for a list, and is {@code A|B} for one of these
     * words; {@code =A} is the word A where a type has that name.
     */
    private static final String TYPES =
            """
            Namespace apiVersion:v1! kind:=Namespace! metadata:ObjectMeta!
            Secret apiVersion:v1! kind:=Secret! metadata:ObjectMeta! type:Opaque stringData:texts
            Deployment apiVersion:apps/v1! kind:=Deployment! metadata:ObjectMeta! spec:DeploymentSpec!
            DaemonSet apiVersion:apps/v1! kind:=DaemonSet! metadata:ObjectMeta! spec:DaemonSetSpec!
            ObjectMeta name:name! namespace:name labels:texts
            PodMeta labels:texts!
            DeploymentSpec replicas:int strategy:DeploymentStrategy selector:LabelSelector! template:PodTemplate!
            DeploymentStrategy type:Recreate|RollingUpdate!
            DaemonSetSpec selector:LabelSelector! updateStrategy:DaemonSetStrategy template:PodTemplate!
            DaemonSetStrategy type:OnDelete|RollingUpdate! rollingUpdate:RollingUpdate
            RollingUpdate maxUnavailable:int
            LabelSelector matchLabels:texts!
            PodTemplate metadata:PodMeta! spec:PodSpec!
            PodSpec automountServiceAccountToken:bool hostNetwork:bool dnsPolicy:ClusterFirst|ClusterFirstWithHostNet|Default priorityClassName:name terminationGracePeriodSeconds:int nodeSelector:texts securityContext:PodRights initContainers:[]Container containers:[]Container! volumes:[]Volume
            PodRights runAsNonRoot:bool runAsUser:int runAsGroup:int fsGroup:int seccompProfile:SeccompProfile
            SeccompProfile type:RuntimeDefault|Unconfined!
            Container name:name! image:text! restartPolicy:Always command:[]text args:[]text env:[]Variable securityContext:Rights startupProbe:Probe readinessProbe:Probe livenessProbe:Probe resources:Resources volumeMounts:[]Mount
            Variable name:text! value:text valueFrom:Source
            Source fieldRef:FieldRef!
            FieldRef fieldPath:spec.nodeName!
            Rights runAsNonRoot:bool runAsUser:int allowPrivilegeEscalation:bool readOnlyRootFilesystem:bool capabilities:Capabilities
            Capabilities drop:[]text add:[]text
            Probe exec:Exec! periodSeconds:int timeoutSeconds:int failureThreshold:int
            Exec command:[]text!
            Resources requests:Amounts limits:Amounts
            Amounts cpu:quantity memory:quantity
            Mount name:name! mountPath:text! subPathExpr:text readOnly:bool
            Volume name:name! secret:SecretVolume emptyDir:EmptyDir hostPath:HostPath
            SecretVolume secretName:name! defaultMode:int
            EmptyDir medium:Memory sizeLimit:quantity
            HostPath path:text! type:CharDevice|Directory
            """;

    private static final Map<String, Map<String, String>> FIELDS = new HashMap<>();

    static {
        for (String line : TYPES.lines().toList()) {
            String[] words = line.split(" ");
            Map<String, String> fields = new HashMap<>();
            for (int i = 1; i < words.length; i++) {
                int colon = words[i].indexOf(':');
                fields.put(words[i].substring(0, colon), words[i].substring(colon + 1));
            }
            FIELDS.put(words[0], fields);
        }
    }

    private KubernetesFields() {}

    /** Returns what is wrong in an object, each with its path. */
    static List<String> problems(Map<String, Object> document) {
        List<String> problems = new ArrayList<>();
        String kind = String.valueOf(document.get("kind"));
        if (List.of("Namespace", "Secret", "Deployment", "DaemonSet").contains(kind)) {
            check(kind, kind, document, problems);
        } else {
            problems.add("kind: " + kind);
        }
        return problems;
    }

    private static void check(String path, String type, Object value, List<String> problems) {
        if (type.startsWith("[]")) {
            if (value instanceof List<?> items && !items.isEmpty()) {
                for (int i = 0; i < items.size(); i++) {
                    check(path + "[" + i + "]", type.substring(2), items.get(i), problems);
                }
            } else {
                problems.add(path + ": not a list with items");
            }
        } else if (FIELDS.containsKey(type)) {
            if (value instanceof Map<?, ?> object) {
                checkFields(path, FIELDS.get(type), object, problems);
            } else {
                problems.add(path + ": not an object");
            }
        } else if (!isOf(type, value)) {
            problems.add(path + ": " + value + " is no " + type);
        }
    }

    private static void checkFields(
            String path, Map<String, String> fields, Map<?, ?> object, List<String> problems) {
        object.forEach(
                (name, value) -> {
                    String type = fields.get(String.valueOf(name));
                    if (type == null) {
                        problems.add(path + "." + name + ": there is no such field");
                    } else {
                        check(path + "." + name, type.replace("!", ""), value, problems);
                    }
                });
        fields.forEach(
                (name, type) -> {
                    if (type.endsWith("!") && !object.containsKey(name)) {
                        problems.add(path + "." + name + ": is missing");
                    }
                });
    }

    private static boolean isOf(String type, Object value) {
        return switch (type) {
            case "int" -> value instanceof Integer number && number >= 0;
            case "bool" -> value instanceof Boolean;
            case "text" -> value instanceof String;
            case "texts" ->
                    value instanceof Map<?, ?> map
                            && map.values().stream().allMatch(String.class::isInstance);
            // RFC 1123
            case "name" ->
                    value instanceof String text
                            && text.matches("[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?");
            case "quantity" ->
                    value instanceof Integer
                            || value instanceof String text
                                    && text.matches("[1-9]\\d*(m|k|M|G|Ki|Mi|Gi)?");
            default -> List.of(type.replace("=", "").split("\\|")).contains(value);
        };
    }
}
