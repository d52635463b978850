// The table itself. Left out is what no telemetry asks for, and what JSON writes in another shape
// (IntOrString, inlined and raw messages): a path that leads there is read as JSON.
#include "protobuf/schema_text.hpp"

namespace ktel::protobuf {

const std::string_view messages_text = R"(
OwnerReference
  1 kind string, 3 name string, 4 uid string, 5 apiVersion string, 6 controller bool,
  7 blockOwnerDeletion bool
ManagedFieldsEntry
  1 manager string?, 2 operation string?, 3 apiVersion string?, 4 time time, 6 fieldsType string?,
  8 subresource string?
ObjectMeta
  1 name string?, 2 generateName string?, 3 namespace string?, 4 selfLink string?, 5 uid string?,
  6 resourceVersion string?, 7 generation int?, 8 creationTimestamp time, 9 deletionTimestamp time,
  10 deletionGracePeriodSeconds int, 11 labels map, 12 annotations map,
  13 ownerReferences OwnerReference[], 14 finalizers string[],
  17 managedFields ManagedFieldsEntry[]
ContainerPort
  1 name string?, 2 hostPort int?, 3 containerPort int, 4 protocol string?, 5 hostIP string?
EnvVar
  1 name string, 2 value string?
ResourceRequirements
  1 limits quantities, 2 requests quantities
SecurityContext
  2 privileged bool, 4 runAsUser int, 5 runAsNonRoot bool, 6 readOnlyRootFilesystem bool,
  7 allowPrivilegeEscalation bool, 8 runAsGroup int, 9 procMount string
EnvFromSource
  1 prefix string?
Container
  1 name string, 2 image string?, 3 command string[], 4 args string[], 5 workingDir string?,
  6 ports ContainerPort[], 7 env EnvVar[], 8 resources ResourceRequirements,
  13 terminationMessagePath string?, 14 imagePullPolicy string?,
  15 securityContext SecurityContext, 16 stdin bool?, 17 stdinOnce bool?, 18 tty bool?,
  19 envFrom EnvFromSource[], 20 terminationMessagePolicy string?, 24 restartPolicy string
LocalObjectReference
  1 name string?
Toleration
  1 key string?, 2 operator string?, 3 value string?, 4 effect string?, 5 tolerationSeconds int
PodSpec
  2 containers Container[], 3 restartPolicy string?, 4 terminationGracePeriodSeconds int,
  5 activeDeadlineSeconds int, 6 dnsPolicy string?, 7 nodeSelector map,
  8 serviceAccountName string?, 9 serviceAccount string?, 10 nodeName string?,
  11 hostNetwork bool?, 12 hostPID bool?, 13 hostIPC bool?,
  15 imagePullSecrets LocalObjectReference[], 16 hostname string?, 17 subdomain string?,
  19 schedulerName string?, 20 initContainers Container[], 21 automountServiceAccountToken bool,
  22 tolerations Toleration[], 24 priorityClassName string?, 25 priority int,
  27 shareProcessNamespace bool, 29 runtimeClassName string, 30 enableServiceLinks bool,
  31 preemptionPolicy string, 32 overhead quantities, 35 setHostnameAsFQDN bool, 37 hostUsers bool,
  40 resources ResourceRequirements, 41 hostnameOverride string
PodCondition
  1 type string, 2 status string, 3 lastProbeTime time, 4 lastTransitionTime time,
  5 reason string?, 6 message string?, 7 observedGeneration int?
ContainerStateWaiting
  1 reason string?, 2 message string?
ContainerStateRunning
  1 startedAt time
ContainerStateTerminated
  1 exitCode int, 2 signal int?, 3 reason string?, 4 message string?, 5 startedAt time,
  6 finishedAt time, 7 containerID string?
ContainerState
  1 waiting ContainerStateWaiting, 2 running ContainerStateRunning,
  3 terminated ContainerStateTerminated
ContainerStatus
  1 name string, 2 state ContainerState, 3 lastState ContainerState, 4 ready bool,
  5 restartCount int, 6 image string, 7 imageID string, 8 containerID string?, 9 started bool,
  10 allocatedResources quantities, 11 resources ResourceRequirements, 15 stopSignal string
PodIP
  1 ip string
PodStatus
  1 phase string?, 2 conditions PodCondition[], 3 message string?, 4 reason string?,
  5 hostIP string?, 6 podIP string?, 7 startTime time, 8 containerStatuses ContainerStatus[],
  9 qosClass string?, 10 initContainerStatuses ContainerStatus[], 11 nominatedNodeName string?,
  12 podIPs PodIP[], 13 ephemeralContainerStatuses ContainerStatus[], 14 resize string?,
  17 observedGeneration int?, 19 allocatedResources quantities, 20 resources ResourceRequirements
Pod
  1 metadata ObjectMeta, 2 spec PodSpec, 3 status PodStatus
Taint
  1 key string, 2 value string?, 3 effect string, 4 timeAdded time
NodeSpec
  1 podCIDR string?, 2 externalID string?, 3 providerID string?, 4 unschedulable bool?,
  5 taints Taint[], 7 podCIDRs string[]
NodeCondition
  1 type string, 2 status string, 3 lastHeartbeatTime time, 4 lastTransitionTime time,
  5 reason string?, 6 message string?
NodeAddress
  1 type string, 2 address string
NodeSystemInfo
  1 machineID string, 2 systemUUID string, 3 bootID string, 4 kernelVersion string,
  5 osImage string, 6 containerRuntimeVersion string, 7 kubeletVersion string,
  8 kubeProxyVersion string, 9 operatingSystem string, 10 architecture string
NodeStatus
  1 capacity quantities, 2 allocatable quantities, 3 phase string?, 4 conditions NodeCondition[],
  5 addresses NodeAddress[], 7 nodeInfo NodeSystemInfo, 9 volumesInUse string[],
  14 declaredFeatures string[]
Node
  1 metadata ObjectMeta, 2 spec NodeSpec, 3 status NodeStatus
ServicePort
  1 name string?, 2 protocol string?, 3 port int, 5 nodePort int?, 6 appProtocol string
ServiceSpec
  1 ports ServicePort[], 2 selector map, 3 clusterIP string?, 4 type string?,
  5 externalIPs string[], 7 sessionAffinity string?, 8 loadBalancerIP string?,
  9 loadBalancerSourceRanges string[], 10 externalName string?, 11 externalTrafficPolicy string?,
  12 healthCheckNodePort int?, 13 publishNotReadyAddresses bool?, 17 ipFamilyPolicy string,
  18 clusterIPs string[], 19 ipFamilies string[], 20 allocateLoadBalancerNodePorts bool,
  21 loadBalancerClass string, 22 internalTrafficPolicy string, 23 trafficDistribution string
LoadBalancerIngress
  1 ip string?, 2 hostname string?, 3 ipMode string
LoadBalancerStatus
  1 ingress LoadBalancerIngress[]
Condition
  1 type string, 2 status string, 3 observedGeneration int?, 4 lastTransitionTime time,
  5 reason string, 6 message string
ServiceStatus
  1 loadBalancer LoadBalancerStatus, 2 conditions Condition[]
Service
  1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status ServiceStatus
NamespaceSpec
  1 finalizers string[]
NamespaceStatus
  1 phase string?
Namespace
  1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status NamespaceStatus
ConfigMap
  1 metadata ObjectMeta, 2 data map, 4 immutable bool
ObjectReference
  1 kind string?, 2 namespace string?, 3 name string?, 4 uid string?, 5 apiVersion string?,
  6 resourceVersion string?, 7 fieldPath string?
EventSource
  1 component string?, 2 host string?
EventSeries
  1 count int?, 2 lastObservedTime microtime
Event
  1 metadata ObjectMeta, 2 involvedObject ObjectReference, 3 reason string?, 4 message string?,
  5 source EventSource, 6 firstTimestamp time, 7 lastTimestamp time, 8 count int?, 9 type string?,
  10 eventTime microtime, 11 series EventSeries, 12 action string?, 13 related ObjectReference,
  14 reportingComponent string, 15 reportingInstance string
EndpointAddress
  1 ip string, 2 targetRef ObjectReference, 3 hostname string?, 4 nodeName string
EndpointPort
  1 name string?, 2 port int, 3 protocol string?, 4 appProtocol string
EndpointSubset
  1 addresses EndpointAddress[], 2 notReadyAddresses EndpointAddress[], 3 ports EndpointPort[]
Endpoints
  1 metadata ObjectMeta, 2 subsets EndpointSubset[]
ServiceAccount
  1 metadata ObjectMeta, 2 secrets ObjectReference[], 3 imagePullSecrets LocalObjectReference[],
  4 automountServiceAccountToken bool
LabelSelector
  1 matchLabels map
PersistentVolumeClaimSpec
  1 accessModes string[], 3 volumeName string?, 4 selector LabelSelector,
  5 storageClassName string, 6 volumeMode string, 9 volumeAttributesClassName string
PersistentVolumeClaimStatus
  1 phase string?, 2 accessModes string[], 3 capacity quantities, 5 allocatedResources quantities,
  7 allocatedResourceStatuses map, 8 currentVolumeAttributesClassName string
PersistentVolumeClaim
  1 metadata ObjectMeta, 2 spec PersistentVolumeClaimSpec, 3 status PersistentVolumeClaimStatus
PersistentVolumeSpec
  1 capacity quantities, 3 accessModes string[], 4 claimRef ObjectReference,
  5 persistentVolumeReclaimPolicy string?, 6 storageClassName string?, 7 mountOptions string[],
  8 volumeMode string, 10 volumeAttributesClassName string
PersistentVolumeStatus
  1 phase string?, 2 message string?, 3 reason string?, 4 lastPhaseTransitionTime time
PersistentVolume
  1 metadata ObjectMeta, 2 spec PersistentVolumeSpec, 3 status PersistentVolumeStatus
PodTemplateSpec
  1 metadata ObjectMeta, 2 spec PodSpec
DeploymentStrategy
  1 type string?
DeploymentSpec
  1 replicas int, 2 selector LabelSelector, 3 template PodTemplateSpec,
  4 strategy DeploymentStrategy, 5 minReadySeconds int?, 6 revisionHistoryLimit int,
  7 paused bool?, 9 progressDeadlineSeconds int
DeploymentCondition
  1 type string, 2 status string, 4 reason string?, 5 message string?, 6 lastUpdateTime time,
  7 lastTransitionTime time
DeploymentStatus
  1 observedGeneration int?, 2 replicas int?, 3 updatedReplicas int?, 4 availableReplicas int?,
  5 unavailableReplicas int?, 6 conditions DeploymentCondition[], 7 readyReplicas int?,
  8 collisionCount int, 9 terminatingReplicas int
Deployment
  1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status DeploymentStatus
DaemonSetSpec
  1 selector LabelSelector, 2 template PodTemplateSpec, 4 minReadySeconds int?,
  6 revisionHistoryLimit int
DaemonSetStatus
  1 currentNumberScheduled int, 2 numberMisscheduled int, 3 desiredNumberScheduled int,
  4 numberReady int, 5 observedGeneration int?, 6 updatedNumberScheduled int?,
  7 numberAvailable int?, 8 numberUnavailable int?, 9 collisionCount int
DaemonSet
  1 metadata ObjectMeta, 2 spec DaemonSetSpec, 3 status DaemonSetStatus
StatefulSetSpec
  1 replicas int, 2 selector LabelSelector, 3 template PodTemplateSpec, 5 serviceName string,
  6 podManagementPolicy string?, 8 revisionHistoryLimit int, 9 minReadySeconds int?
StatefulSetStatus
  1 observedGeneration int?, 2 replicas int, 3 readyReplicas int?, 4 currentReplicas int?,
  5 updatedReplicas int?, 6 currentRevision string?, 7 updateRevision string?,
  9 collisionCount int, 11 availableReplicas int
StatefulSet
  1 metadata ObjectMeta, 2 spec StatefulSetSpec, 3 status StatefulSetStatus
ReplicaSetSpec
  1 replicas int, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 minReadySeconds int?
ReplicaSetStatus
  1 replicas int, 2 fullyLabeledReplicas int?, 3 observedGeneration int?, 4 readyReplicas int?,
  5 availableReplicas int?, 7 terminatingReplicas int
ReplicaSet
  1 metadata ObjectMeta, 2 spec ReplicaSetSpec, 3 status ReplicaSetStatus
JobSpec
  1 parallelism int, 2 completions int, 3 activeDeadlineSeconds int, 4 selector LabelSelector,
  5 manualSelector bool, 6 template PodTemplateSpec, 7 backoffLimit int,
  8 ttlSecondsAfterFinished int, 9 completionMode string, 10 suspend bool,
  12 backoffLimitPerIndex int, 13 maxFailedIndexes int, 14 podReplacementPolicy string,
  15 managedBy string
JobCondition
  1 type string, 2 status string, 3 lastProbeTime time, 4 lastTransitionTime time,
  5 reason string?, 6 message string?
JobStatus
  1 conditions JobCondition[], 2 startTime time, 3 completionTime time, 4 active int?,
  5 succeeded int?, 6 failed int?, 7 completedIndexes string?, 9 ready int,
  10 failedIndexes string, 11 terminating int
Job
  1 metadata ObjectMeta, 2 spec JobSpec, 3 status JobStatus
JobTemplateSpec
  1 metadata ObjectMeta, 2 spec JobSpec
CronJobSpec
  1 schedule string, 2 startingDeadlineSeconds int, 3 concurrencyPolicy string?, 4 suspend bool,
  5 jobTemplate JobTemplateSpec, 6 successfulJobsHistoryLimit int, 7 failedJobsHistoryLimit int,
  8 timeZone string
CronJobStatus
  1 active ObjectReference[], 4 lastScheduleTime time, 5 lastSuccessfulTime time
CronJob
  1 metadata ObjectMeta, 2 spec CronJobSpec, 3 status CronJobStatus
EndpointConditions
  1 ready bool, 2 serving bool, 3 terminating bool
Endpoint
  1 addresses string[], 2 conditions EndpointConditions, 3 hostname string,
  4 targetRef ObjectReference, 5 deprecatedTopology map, 6 nodeName string, 7 zone string
SlicePort
  1 name string, 2 protocol string, 3 port int, 4 appProtocol string
EndpointSlice
  1 metadata ObjectMeta, 2 endpoints Endpoint[], 3 ports SlicePort[], 4 addressType string
IngressTLS
  1 hosts string[], 2 secretName string?
IngressRule
  1 host string?
IngressSpec
  2 tls IngressTLS[], 3 rules IngressRule[], 4 ingressClassName string
IngressLoadBalancerIngress
  1 ip string?, 2 hostname string?
IngressLoadBalancerStatus
  1 ingress IngressLoadBalancerIngress[]
IngressStatus
  1 loadBalancer IngressLoadBalancerStatus
Ingress
  1 metadata ObjectMeta, 2 spec IngressSpec, 3 status IngressStatus
IngressClassSpec
  1 controller string?
IngressClass
  1 metadata ObjectMeta, 2 spec IngressClassSpec
StorageClass
  1 metadata ObjectMeta, 2 provisioner string, 3 parameters map, 4 reclaimPolicy string,
  5 mountOptions string[], 6 allowVolumeExpansion bool, 7 volumeBindingMode string
CrossVersionObjectReference
  1 kind string, 2 name string, 3 apiVersion string?
HorizontalPodAutoscalerSpec
  1 scaleTargetRef CrossVersionObjectReference, 2 minReplicas int, 3 maxReplicas int
HorizontalPodAutoscaler
  1 metadata ObjectMeta, 2 spec HorizontalPodAutoscalerSpec
CustomResourceDefinitionNames
  1 plural string, 2 singular string?, 3 shortNames string[], 4 kind string, 5 listKind string?,
  6 categories string[]
CustomResourceDefinitionSpec
  1 group string, 3 names CustomResourceDefinitionNames, 4 scope string,
  10 preserveUnknownFields bool?
CustomResourceDefinitionStatus
  2 acceptedNames CustomResourceDefinitionNames, 3 storedVersions string[],
  4 observedGeneration int?
CustomResourceDefinition
  1 metadata ObjectMeta, 2 spec CustomResourceDefinitionSpec,
  3 status CustomResourceDefinitionStatus
PartialObjectMetadata
  1 metadata ObjectMeta
Status
  2 status string?, 3 message string?, 4 reason string?, 6 code int?
)";

const std::string_view kinds_text = R"(
/v1 pods Pod
/v1 nodes Node
/v1 services Service
/v1 namespaces Namespace
/v1 configmaps ConfigMap
/v1 events Event
/v1 endpoints Endpoints
/v1 serviceaccounts ServiceAccount
/v1 persistentvolumeclaims PersistentVolumeClaim
/v1 persistentvolumes PersistentVolume
apps/v1 deployments Deployment
apps/v1 daemonsets DaemonSet
apps/v1 statefulsets StatefulSet
apps/v1 replicasets ReplicaSet
batch/v1 jobs Job
batch/v1 cronjobs CronJob
discovery.k8s.io/v1 endpointslices EndpointSlice
networking.k8s.io/v1 ingresses Ingress
networking.k8s.io/v1 ingressclasses IngressClass
storage.k8s.io/v1 storageclasses StorageClass
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition
)";

}  // namespace ktel::protobuf
