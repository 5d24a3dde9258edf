import { ProjectsPage } from "@/components/projects/ProjectsPage";
import { publicSocketUrl } from "@/lib/publicSocketUrl";

export default async function Page() {
  return <ProjectsPage socketUrl={await publicSocketUrl()} />;
}
